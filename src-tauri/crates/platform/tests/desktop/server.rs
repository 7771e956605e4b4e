//! A virtual X server and programs on it, ended when dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// An Xvfb with a display number of its own.
pub struct Server {
    xvfb: Child,
    programs: Vec<Child>,
    pub display: String,
}

impl Server {
    pub fn bare() -> Server {
        let mut xvfb = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed");
        let mut line = String::new();
        BufReader::new(xvfb.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Server { xvfb, programs: Vec::new(), display: format!(":{}", line.trim()) }
    }

    /// With openbox, ready.
    pub fn start() -> Server {
        let mut server = Server::bare();
        server.run("openbox", &["--sm-disable"]);
        let client = crate::client::Client::new(&server.display);
        let probe = client.make("probe", crate::client::MAKE);
        crate::watch::until("openbox", || {
            client.remap(probe);
            client.is_managed(probe).then_some(())
        });
        server
    }

    pub fn run(&mut self, program: &str, args: &[&str]) -> u32 {
        let child = Command::new(program)
            .args(args)
            .env("DISPLAY", &self.display)
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{program}: {e}"));
        let pid = child.id();
        self.programs.push(child);
        pid
    }

    pub fn kill(&mut self) {
        let _ = self.xvfb.kill();
        let _ = self.xvfb.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in &mut self.programs {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.kill();
    }
}
