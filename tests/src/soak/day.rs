//! What a person does all day, ten times as fast.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::Result;
use crate::apps::{TestWindow, TestWindowOptions};
use crate::desktop::Desktop;
use crate::dice::Dice;
use crate::display::Rect;
use crate::eyelid::Eyelid;
use crate::scene::{holds, recording};

/// Windows that are open at one time: about as many at the end as at the beginning, so that growth is growth.
const FEWEST: usize = 7;
const MOST: usize = 9;
/// Between two switches: twenty seconds, ten times as fast.
const SWITCH: Duration = Duration::from_secs(2);
const WORDS: [&str; 8] =
    ["the ", "report ", "is due ", "on Friday, ", "as ever ", "and then ", "nobody ", "reads it. "];

pub(super) struct Day<'a> {
    desktop: &'a Desktop,
    eyelid: &'a Eyelid<'a>,
    dice: Dice,
    windows: VecDeque<TestWindow>,
    pub(super) opened: u32,
    pub(super) switches: u32,
    forgotten: Instant,
    looked: Instant,
}

impl<'a> Day<'a> {
    pub(super) fn begin(desktop: &'a Desktop, eyelid: &'a Eyelid<'a>, seed: u64) -> Result<Day<'a>> {
        let (dice, now) = (Dice::new(seed), Instant::now());
        let windows = VecDeque::new();
        let mut day = Day { desktop, eyelid, dice, windows, opened: 0, switches: 0, forgotten: now, looked: now };
        for _ in 0..=FEWEST {
            day.open()?;
        }
        Ok(day)
    }

    pub(super) fn live(&self) -> usize {
        self.windows.len()
    }

    fn open(&mut self) -> Result<()> {
        let (title, class) = match self.dice.between(0, 10) {
            // A rule leaves it out.
            0 | 1 => ("general - Workspace - Slack".to_owned(), "Slack".to_owned()),
            _ => (format!("Letter {}", self.opened), format!("Writer{}", self.opened % 7)),
        };
        let place = Rect::new(
            i32::try_from(self.dice.between(0, 900))?,
            i32::try_from(self.dice.between(40, 400))?,
            u32::try_from(self.dice.between(200, 700))?,
            u32::try_from(self.dice.between(150, 450))?,
        );
        let colour = u32::try_from(self.dice.between(0x20_20_20, 0xff_ff_ff))?;
        let options = TestWindowOptions { title: &title, class: &class, colour, place, ..TestWindowOptions::default() };
        self.windows.push_back(self.desktop.test_window(&options)?);
        self.opened += 1;
        Ok(())
    }

    /// Two seconds of the day.
    pub(super) fn go_on(&mut self) -> Result<()> {
        let begun = Instant::now();
        if self.windows.len() < FEWEST || (self.windows.len() < MOST && self.dice.percent(20)) {
            self.open()?;
        } else if self.windows.len() > FEWEST && self.dice.percent(20) {
            // With its process, as when a person quits a program.
            self.windows.pop_front();
        }
        let index = usize::try_from(self.dice.between(0, self.windows.len() as u64))?;
        let window = &self.windows[index];
        self.desktop.activate_id(window.id)?;
        self.switches += 1;
        if self.dice.percent(30) {
            window.set_title(&format!("Letter, page {}", self.switches))?;
        }
        while begun.elapsed() < SWITCH {
            let word = self.dice.of(&WORDS);
            self.desktop.input().type_text(word)?;
            let (x, y) = (self.dice.between(0, 1600), self.dice.between(0, 900));
            self.desktop.input().move_to(i32::try_from(x)?, i32::try_from(y)?)?;
            if self.dice.percent(20) {
                window.set_colour(u32::try_from(self.dice.between(0x20_20_20, 0xff_ff_ff))?)?;
            }
            std::thread::sleep(Duration::from_millis(150));
        }
        if self.dice.percent(2) {
            self.eyelid.ctl_ok(&["pause", "15m"])?;
            self.eyelid.wait_status("the pause", |s| holds(s, "user-pause"))?;
            self.eyelid.ctl_ok(&["resume"])?;
            self.eyelid.wait_status("the end of the pause", |s| !holds(s, "user-pause"))?;
        }
        if self.forgotten.elapsed() > Duration::from_secs(300) {
            self.forgotten = Instant::now();
            self.eyelid.ctl_ok(&["forget", "1m"])?;
            self.eyelid.wait_status("the new key", recording_or_chat)?;
        }
        if self.looked.elapsed() > Duration::from_secs(200) {
            self.look()?;
            self.looked = Instant::now();
        }
        Ok(())
    }

    /// Opens Eyelid's window for a moment, as another start of the program does.
    fn look(&self) -> Result<()> {
        let command = self.desktop.command(crate::eyelid::Binaries::find()?.program("eyelid")?);
        self.desktop.run(command)?;
        let window = self.desktop.window_by_title("Eyelid")?;
        std::thread::sleep(Duration::from_secs(5));
        self.desktop.close(&window)?;
        self.desktop.wait_no_window("Eyelid's", |w| w.title == "Eyelid" && !w.override_redirect)
    }
}

/// Whether it records, but for what is in front.
fn recording_or_chat(status: &serde_json::Value) -> bool {
    recording(status) || (holds(status, "sensitive-app") && !holds(status, "recipient-unverified"))
}
