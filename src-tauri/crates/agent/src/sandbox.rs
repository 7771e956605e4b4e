//! The door that is closed once everything is open: no new socket, no program started, writes only below the vault
//! and Eyelid's own settings.

use landlock::{
    ABI, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus,
};
use protocol::{Fault, FaultCode, Sandbox};
use rustix::mm::{MlockAllFlags, mlockall};
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
    // A limit that is exceeded already binds only those who may not exceed it, and then the call below fails.
    let binds = |most: u64| most < LOCKABLE && mapped().is_none_or(|mapped| mapped <= most);
    if limit.maximum.is_some_and(binds) {
        return;
    }
    let _ = setrlimit(Resource::Memlock, Rlimit { current: limit.maximum, maximum: limit.maximum });
    // Only what is used: stacks and heaps reserve far more.
    let _ = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
}

/// Bytes of address space in use.
fn mapped() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().next()?.parse().ok()?;
    pages.checked_mul(u64::try_from(rustix::param::page_size()).ok()?)
}

/// Refuses to go on while a socket to a network is open: the filter below cannot close what is open already.
pub fn no_inet_socket() -> anyhow::Result<()> {
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let Ok(number) = entry?.file_name().to_string_lossy().parse::<i32>() else { continue };
        let Ok(link) = std::fs::read_link(format!("/proc/self/fd/{number}")) else { continue };
        if link.to_string_lossy().starts_with("socket:") && is_inet(&link.to_string_lossy()) {
            anyhow::bail!("A network socket is open in the recorder; it refuses to start.");
        }
    }
    Ok(())
}

fn is_inet(link: &str) -> bool {
    let inode = link.trim_start_matches("socket:[").trim_end_matches(']');
    ["tcp", "tcp6", "udp", "udp6", "raw", "raw6", "icmp", "icmp6"].iter().any(|table| {
        std::fs::read_to_string(format!("/proc/self/net/{table}"))
            .is_ok_and(|t| t.lines().skip(1).any(|line| line.split_whitespace().nth(9) == Some(inode)))
    })
}

/// Closes the door on every thread, and reports what is missing.
pub fn close_door(writable: &[&Path]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |what: &str, error: String| {
        faults.push(Fault {
            code: FaultCode::Sandbox,
            message: format!("{what} is not in force: {error}."),
            cure: "Recording goes on with one layer less. A newer kernel has it.".into(),
        });
    };
    match landlock(writable) {
        Ok(RulesetStatus::FullyEnforced) => {}
        Ok(RulesetStatus::PartiallyEnforced) => fault("The file sandbox", "the kernel knows only part of it".into()),
        Ok(RulesetStatus::NotEnforced) => fault("The file sandbox", "the kernel has no Landlock".into()),
        Err(e) => fault("The file sandbox", e.to_string()),
    }
    if let Err(e) = seccomp() {
        fault("The system-call filter", e.to_string());
    }
    faults
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
