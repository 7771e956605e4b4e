//! Starting processes that cannot outlive the tests.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

/// What the new process is the leader of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// A process group, to be signalled as a whole.
    Group,
    /// A session whose controlling terminal is its standard input.
    Terminal,
}

type Job = (Command, Sender<io::Result<Child>>);

/// Starts `command`. The kernel kills it when this process ends, however it ends.
///
/// "Parent death" means the death of the *thread* that forked, so that one thread, which
/// never ends, does all the forking.
pub(crate) fn spawn(mut command: Command, leads: Leads) -> io::Result<Child> {
    static SPAWNER: OnceLock<std::sync::Mutex<Sender<Job>>> = OnceLock::new();
    tie_to_parent(&mut command, leads);
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        std::thread::spawn(move || {
            for (mut command, answer) in jobs {
                // A caller that stopped waiting has no use for the answer.
                let _ = answer.send(command.spawn());
            }
        });
        std::sync::Mutex::new(sender)
    });
    let (answer, answered) = channel();
    spawner.lock().expect("the spawner's lock").send((command, answer)).map_err(io::Error::other)?;
    answered.recv().map_err(io::Error::other)?
}

#[allow(unsafe_code)]
fn tie_to_parent(command: &mut Command, leads: Leads) {
    if leads == Leads::Group {
        command.process_group(0);
    }
    let prepare = move || {
        if leads == Leads::Terminal {
            rustix::process::setsid()?;
            rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
        }
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        Ok(())
    };
    // SAFETY: between fork and exec `prepare` makes three system calls and nothing else: it
    // neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(prepare);
    }
}
