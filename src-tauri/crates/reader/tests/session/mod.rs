//! `eyelid-reader review`, talked to over its pipes as the tray app does.

mod answers;
mod hostile;
mod log;
mod search;
mod unlocking;

use crate::desk::{self, Desk};
use policy::Wall;
use protocol::framing;
use protocol::review::{Hit, ReadAnswer, ReadAsk, Span};
use serde_json::Value;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};

/// A reader that is being asked.
pub struct Talk {
    child: Child,
    to: Option<ChildStdin>,
    from: ChildStdout,
}

impl Talk {
    pub fn new(desk: &Desk) -> Talk {
        let mut child = desk.talk(env!("CARGO_BIN_EXE_eyelid-reader"), &["review", "--program", "Eyelid"]);
        let (to, from) = (child.stdin.take(), child.stdout.take().unwrap());
        Talk { child, to, from }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.to.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// The answer, and what follows it.
    pub fn ask_for(&mut self, ask: &ReadAsk) -> (ReadAnswer, Vec<u8>) {
        self.send(&framing::encode(ask));
        let mut length = [0; 4];
        self.from.read_exact(&mut length).expect("an answer");
        let length = u32::from_le_bytes(length) as usize;
        assert!(length <= framing::MAX_MESSAGE, "{length}");
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes).unwrap();
        let answer = serde_json::from_slice(&bytes).unwrap();
        let mut picture = vec![0; if let ReadAnswer::Picture(length) = answer { length as usize } else { 0 }];
        self.from.read_exact(&mut picture).unwrap();
        (answer, picture)
    }

    pub fn ask(&mut self, ask: &ReadAsk) -> ReadAnswer {
        self.ask_for(ask).0
    }

    pub fn overview(&mut self, span: Span) -> protocol::review::Overview {
        match self.ask(&ReadAsk::Overview(span)) {
            ReadAnswer::Overview(overview) => overview,
            other => panic!("{}", shown(&other)),
        }
    }

    pub fn moment(&mut self, span: Span) -> protocol::review::Moment {
        match self.ask(&ReadAsk::Moment(span)) {
            ReadAnswer::Moment(moment) => moment,
            other => panic!("{}", shown(&other)),
        }
    }

    pub fn find(&mut self, text: &str, span: Span) -> (Vec<Hit>, bool) {
        match self.ask(&ReadAsk::Search { text: text.into(), span }) {
            ReadAnswer::Found { hits, more } => (hits, more),
            other => panic!("{}", shown(&other)),
        }
    }

    pub fn log(&mut self, before: Option<i64>) -> protocol::review::LogPage {
        match self.ask(&ReadAsk::Log(before)) {
            ReadAnswer::Log(page) => page,
            other => panic!("{}", shown(&other)),
        }
    }

    /// The refusal that must come.
    pub fn refused(&mut self, ask: &ReadAsk) -> protocol::Failure {
        match self.ask(ask) {
            ReadAnswer::Failed(failure) => failure,
            other => panic!("{}", shown(&other)),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Closes the input; how it ends, and what it said on standard error.
    pub fn close(mut self) -> (Option<i32>, String) {
        self.to = None;
        self.ended()
    }

    /// How it ends by itself.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (code, said)
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.to = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a test shows of an answer that it did not expect.
pub fn shown(answer: &ReadAnswer) -> String {
    serde_json::to_string(answer).unwrap()
}

/// A range, in milliseconds from the start.
pub fn span(from: i64, to: i64) -> Span {
    Span { from: Wall(desk::T0 + from), to: Wall(desk::T0 + to) }
}

/// The hour around the recording.
pub const HOUR: (i64, i64) = (-1_800_000, 1_800_000);

/// The log's entries as `eyelid-reader log` prints them.
pub fn entries(desk: &Desk) -> Vec<Value> {
    desk.read(&["log"], 0)["entries"].as_array().unwrap().clone()
}

/// A vault with its key and nothing in it.
pub fn empty() -> Desk {
    let desk = Desk::new();
    desk.make_vault();
    desk.read(&["keys", "ensure"], 0);
    desk
}
