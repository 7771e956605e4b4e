//! What this program denies itself.

use landlock::{ABI, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::path::Path;

/// At the start: no core files, no other program of the same user looks into the memory.
///
/// # Errors
/// When the system refuses.
pub fn close_memory() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// After the keyring has been asked and before the first record is opened: no new socket, no other program, no write
/// outside of `writable`. On a kernel that knows less, reading goes on with one layer less: it is the owner who reads.
pub fn close_door(writable: &[&Path]) {
    close_door_but_rename(writable, None);
}

/// Likewise, but folders below `parent` may still be made and removed, which is what giving one another name takes.
pub fn close_door_but_rename(writable: &[&Path], parent: Option<&Path>) {
    if landlock(writable, parent).is_err() {
        eprintln!("eyelid-reader: the file sandbox is not in force");
    }
    if seccomp().is_err() {
        eprintln!("eyelid-reader: the system-call filter is not in force");
    }
}

fn landlock(writable: &[&Path], parent: Option<&Path>) -> Result<(), landlock::RulesetError> {
    let writing = AccessFs::from_write(ABI::V3);
    let mut rules = Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(writing)?.create()?;
    let renaming = AccessFs::MakeDir | AccessFs::RemoveDir;
    let all = writable.iter().map(|path| (*path, writing)).chain(parent.map(|path| (path, renaming)));
    for (path, access) in all {
        if let Ok(opened) = PathFd::new(path) {
            rules = rules.add_rule(PathBeneath::new(opened, access))?;
        }
    }
    rules.restrict_self()?;
    Ok(())
}

fn seccomp() -> Result<(), seccompiler::Error> {
    let denied = [
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_io_uring_setup,
        libc::SYS_bpf,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
    ];
    let filter = SeccompFilter::new(
        denied.into_iter().map(|call| (call, Vec::new())).collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        std::env::consts::ARCH.try_into()?,
    )?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter_all_threads(&program)
}
