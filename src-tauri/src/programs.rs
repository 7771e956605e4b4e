//! The program behind a process. The agent's sandbox cannot see it, so the tray app looks for it.

use protocol::private::ToAgent;
use std::time::Duration;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

/// How often, and after what time, a process is looked at again that shows no executable yet.
const TRIES: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(25);

/// Which program this process runs. `None` when it is gone or not ours to see: the agent then treats it as unknown.
pub async fn who_is(pid: u32) -> ToAgent {
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(BETWEEN).await;
        }
        match tokio::task::spawn_blocking(move || look(pid)).await {
            Ok(Some(Some(exe))) => return ToAgent::Process { pid, exe: Some(exe) },
            Ok(Some(None)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    ToAgent::Process { pid, exe: None }
}

/// `None` when it is gone; its executable, if that can be seen.
fn look(pid: u32) -> Option<Option<String>> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new();
    let what = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, what);
    let process = system.process(pid)?;
    // A path that is not text would match no rule; unknown is safer than nearly right.
    let exe = process.exe().and_then(|path| path.to_str()).filter(|path| !path.is_empty());
    Some(exe.map(present_name))
}

/// The kernel marks the executable of a program that was replaced while it runs; rules know it by its name.
fn present_name(path: &str) -> String {
    path.strip_suffix(" (deleted)").unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn this_very_process_is_known_by_its_executable() {
        let ToAgent::Process { pid, exe } = who_is(std::process::id()).await else { panic!("not a process") };
        assert_eq!(pid, std::process::id());
        assert_eq!(exe.as_deref(), std::env::current_exe().unwrap().to_str());
    }

    #[tokio::test]
    async fn a_process_that_is_gone_has_no_executable() {
        let ToAgent::Process { exe, .. } = who_is(u32::MAX / 2).await else { panic!("not a process") };
        assert_eq!(exe, None);
    }

    #[test]
    fn an_upgraded_program_keeps_its_name() {
        assert_eq!(present_name("/usr/bin/slack (deleted)"), "/usr/bin/slack");
    }
}
