//! Windows of another process: this binary started again, told what to do through its input.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;

use x11rb::connection::Connection;
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::xproto::Rectangle;

use crate::client::{Client, Make};

const ALL: Rectangle = Rectangle { x: 0, y: 0, width: 4000, height: 4000 };

/// A process with windows.
pub struct Farm {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

/// A window of a farm.
#[derive(Clone, Copy)]
pub struct Plot {
    pub make: Make,
    /// Paints itself with this when exposed.
    pub paint: Option<u32>,
}

impl Farm {
    pub fn new(display: &str) -> Farm {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "farm::farm", "--ignored", "--nocapture"])
            .env("FARM_DISPLAY", display)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Farm { child, input, output }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn make(&mut self, plot: Plot) -> u32 {
        let Make { at, size, colour, unmanaged, transient, purpose, alpha } = plot.make;
        let number = |n: Option<u32>| n.map_or(-1, i64::from);
        writeln!(
            self.input,
            "{} {} {} {} {} {} {transient} {} {} {}",
            at.0,
            at.1,
            size.0,
            size.1,
            number(colour),
            u8::from(unmanaged),
            purpose.unwrap_or("-"),
            number(plot.paint),
            u8::from(alpha)
        )
        .unwrap();
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the farm ended");
            if let Some(at) = line.find("id=") {
                return line[at + 3..].trim().parse().unwrap();
            }
        }
    }

    /// Stops or continues the process.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "the other end of `Farm`"]
fn farm() {
    let Ok(display) = std::env::var("FARM_DISPLAY") else { return };
    let client = Client::new(&display);
    let mut paints: HashMap<u32, u32> = HashMap::new();
    let (tell, orders) = mpsc::channel();
    std::thread::spawn(move || std::io::stdin().lines().map_while(Result::ok).try_for_each(|l| tell.send(l)));
    loop {
        while let Some(event) = client.conn.poll_for_event().expect("the server lives") {
            if let XEvent::Expose(e) = event
                && let Some(colour) = paints.get(&e.window)
            {
                client.fill(e.window, *colour, ALL);
            }
        }
        let line = match orders.try_recv() {
            Ok(line) => line,
            Err(mpsc::TryRecvError::Empty) => {
                crate::watch::pause();
                continue;
            }
            Err(mpsc::TryRecvError::Disconnected) => return,
        };
        let words: Vec<&str> = line.split(' ').collect();
        let n = |i: usize| words[i].parse::<i64>().unwrap();
        let colour = |i: usize| u32::try_from(n(i)).ok();
        let purpose = (words[7] != "-").then(|| &*words[7].to_owned().leak());
        let make = Make {
            at: (i16::try_from(n(0)).unwrap(), i16::try_from(n(1)).unwrap()),
            size: (u16::try_from(n(2)).unwrap(), u16::try_from(n(3)).unwrap()),
            colour: colour(4),
            unmanaged: n(5) == 1,
            transient: u32::try_from(n(6)).unwrap(),
            purpose,
            alpha: n(9) == 1,
        };
        let id = client.make("farm", make);
        if let Some(colour) = colour(8) {
            paints.insert(id, colour);
            client.fill(id, colour, ALL);
        }
        println!("id={id}");
    }
}
