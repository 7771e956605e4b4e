//! The door that is closed once everything is open: no new socket, no program started, writes only below the vault
//! and Eyelid's own settings.

use landlock::{
    ABI, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus,
};
use protocol::{Fault, FaultCode, Sandbox};
use rustix::fd::BorrowedFd;
use rustix::io::Errno;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::net::AddressFamily;
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::collections::BTreeMap;
use std::path::Path;

/// Before anything of a person's is in memory: no core files, no other program looks in.
pub fn close_memory() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// More than the recorder ever maps. A lower limit would refuse it memory once all that is to come has to be locked.
const LOCKABLE: u64 = 4 << 30;

/// Keeps all memory of this process out of the swap space, where this user may lock so much. Whether that came true is
/// told by [`in_force`].
pub fn lock_memory() {
    let limit = getrlimit(Resource::Memlock);
    // Under a limit that could bind later, only the capability will do, which no limit binds. Whether it counts here is
    // the kernel's to say (in a container it may be there and not count): under a limit of nothing it locks by it alone.
    let enough = limit.maximum.is_none_or(|most| most >= LOCKABLE);
    let current = if enough { limit.maximum } else { Some(0) };
    let _ = setrlimit(Resource::Memlock, Rlimit { current, maximum: limit.maximum });
    // Only what is used: stacks and heaps reserve far more.
    let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
}

/// Refuses to go on while a socket is open that leads beyond this machine's programs: the filter below cannot close what
/// is open already. One that was only made is enough, it needs no more than `sendto`.
pub fn no_inet_socket() -> anyhow::Result<()> {
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let Ok(number) = entry?.file_name().to_string_lossy().parse::<i32>() else { continue };
        match family(number) {
            // No socket, or closed meanwhile.
            Ok(AddressFamily::UNIX) | Err(Errno::NOTSOCK | Errno::BADF) => {}
            Ok(_) | Err(_) => anyhow::bail!("A network socket is open in the recorder; it refuses to start."),
        }
    }
    Ok(())
}

#[allow(unsafe_code)]
fn family(number: i32) -> Result<AddressFamily, Errno> {
    // SAFETY: it was open a moment ago; if it is not any more, the kernel refuses, and nothing is done with it but to ask.
    rustix::net::sockopt::socket_domain(unsafe { BorrowedFd::borrow_raw(number) })
}

/// Closes the door on every thread, and reports what is missing.
pub fn close_door(writable: &[&Path]) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(file_fault(landlock(writable)));
    if let Err(e) = seccomp() {
        faults.push(fault(format!("The system-call filter is not in force: {e}."), ONE_LESS));
    }
    faults
}

const ONE_LESS: &str = "Recording goes on with one layer less. A newer kernel has it.";

fn fault(message: String, cure: &str) -> Fault {
    Fault { code: FaultCode::Sandbox, message, cure: cure.into() }
}

/// What is missing of the file sandbox, in words.
fn file_fault(landlock: anyhow::Result<RulesetStatus>) -> Option<Fault> {
    let absent = |why: &str| Some(fault(format!("The file sandbox is not in force: {why}."), ONE_LESS));
    match landlock {
        Ok(RulesetStatus::FullyEnforced) => None,
        // Of what is asked for, kernels that have Landlock lack this alone, or refuse more instead (moves between folders).
        Ok(RulesetStatus::PartiallyEnforced) => Some(fault(
            "The file sandbox is in force, but for one thing: files elsewhere could be emptied.".into(),
            "Recording goes on. A kernel from 6.2 on refuses that, too.",
        )),
        Ok(RulesetStatus::NotEnforced) => absent("the kernel has no Landlock"),
        Err(e) => absent(&e.to_string()),
    }
}

fn landlock(writable: &[&Path]) -> anyhow::Result<RulesetStatus> {
    // Writing in every form this ABI knows; reading stays free.
    let writing = AccessFs::from_write(ABI::V3);
    let mut rules = Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(writing)?.create()?;
    for path in writable {
        rules = rules.add_rule(PathBeneath::new(PathFd::new(path)?, writing))?;
    }
    // A sink is no place to put anything.
    let write_only = AccessFs::WriteFile;
    rules = rules.add_rule(PathBeneath::new(PathFd::new("/dev/null")?, write_only))?;
    // The order matters: threads that run already are not confined by Landlock, only by the filter below; the loop's
    // own thread and all it starts are.
    Ok(rules.restrict_self()?.ruleset)
}

fn seccomp() -> anyhow::Result<()> {
    let denied = [
        libc_number::SOCKET,
        libc_number::CONNECT,
        libc_number::EXECVE,
        libc_number::EXECVEAT,
        libc_number::PTRACE,
        libc_number::IO_URING_SETUP,
        libc_number::BPF,
        libc_number::PROCESS_VM_READV,
        libc_number::PROCESS_VM_WRITEV,
    ];
    let filter = SeccompFilter::new(
        denied.into_iter().map(|call| (call, Vec::new())).collect::<BTreeMap<_, _>>(),
        SeccompAction::Allow,
        SeccompAction::Errno(1), // EPERM
        std::env::consts::ARCH.try_into()?,
    )?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter_all_threads(&program)?;
    Ok(())
}

/// System call numbers of the kernel's interface, per architecture.
#[cfg(target_arch = "x86_64")]
mod libc_number {
    pub const SOCKET: i64 = 41;
    pub const CONNECT: i64 = 42;
    pub const EXECVE: i64 = 59;
    pub const PTRACE: i64 = 101;
    pub const PROCESS_VM_READV: i64 = 310;
    pub const PROCESS_VM_WRITEV: i64 = 311;
    pub const BPF: i64 = 321;
    pub const EXECVEAT: i64 = 322;
    pub const IO_URING_SETUP: i64 = 425;
}

#[cfg(target_arch = "aarch64")]
mod libc_number {
    pub const SOCKET: i64 = 198;
    pub const CONNECT: i64 = 203;
    pub const EXECVE: i64 = 221;
    pub const PTRACE: i64 = 117;
    pub const PROCESS_VM_READV: i64 = 270;
    pub const PROCESS_VM_WRITEV: i64 = 271;
    pub const BPF: i64 = 280;
    pub const EXECVEAT: i64 = 281;
    pub const IO_URING_SETUP: i64 = 425;
}

/// What is in force, read from the kernel and not from a variable.
pub fn in_force() -> Sandbox {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| status.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
    Sandbox {
        landlock: !may_write_elsewhere(),
        seccomp: field("Seccomp:") == Some("2"),
        locked: field("VmLck:").is_some_and(|size| size != "0 kB"),
        undumpable: rustix::process::dumpable_behavior().is_ok_and(|d| d != DumpableBehavior::Dumpable),
    }
}

/// Landlock shows nowhere in `/proc`; so it is tried: opening a file to write outside of what is allowed.
fn may_write_elsewhere() -> bool {
    // Own executable's folder and the file system's root are never writable for the recorder; a temporary folder
    // would be for any ordinary program.
    let probe = std::env::temp_dir().join(format!(".eyelid-probe-{}", std::process::id()));
    match std::fs::File::create_new(&probe) {
        Ok(_) => {
            let _ = std::fs::remove_file(&probe);
            true
        }
        Err(e) => e.kind() != std::io::ErrorKind::PermissionDenied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_sandbox_that_is_there_in_part_is_not_called_absent() {
        let said = |landlock| file_fault(landlock).map(|fault| fault.message);
        assert_eq!(said(Ok(RulesetStatus::FullyEnforced)), None);
        let partial = said(Ok(RulesetStatus::PartiallyEnforced)).expect("a fault");
        assert!(partial.contains("is in force, but") && partial.contains("emptied"), "{partial}");
        for absent in [Ok(RulesetStatus::NotEnforced), Err(anyhow::anyhow!("a reason"))] {
            let absent = said(absent).expect("a fault");
            assert!(absent.contains("is not in force"), "{absent}");
        }
    }
}
