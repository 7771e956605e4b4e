//! Programs for a person to use: a text field, and windows that look and call themselves as a test wants.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::Value;

use crate::Result;
use crate::desktop::Desktop;
use crate::display::{Rect, Window};
use crate::eyelid::Binaries;
use crate::process::{Dialogue, Proc};
use crate::wait::{LONG, wait_for};

const ENTRY: &str = include_str!("../apps/entry.py");

/// What a text field's window shall be.
#[derive(Clone, Debug)]
pub struct EntryOptions<'a> {
    /// Its title.
    pub title: &'a str,
    /// The class of its WM_CLASS.
    pub class: &'a str,
    /// The name of its executable; Python's unless set.
    pub executable: Option<&'a str>,
    /// Whether it also has a password field.
    pub password: bool,
    /// Whether it has a menu.
    pub menu: bool,
    /// Its place.
    pub place: Rect,
}

impl Default for EntryOptions<'_> {
    fn default() -> Self {
        EntryOptions {
            title: "Notes",
            class: "Notes",
            executable: None,
            password: false,
            menu: false,
            place: Rect::new(80, 120, 480, 160),
        }
    }
}

/// A key as a program got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySeen {
    /// The X server's time stamp.
    pub server_ms: u32,
    /// The key.
    pub keycode: u8,
    /// The field it went to: `text` or `password`.
    pub field: String,
}

/// A GTK window with a text field.
#[derive(Debug)]
pub struct Entry {
    /// The program.
    pub process: Proc,
    /// Its window when it was made.
    pub window: Window,
    dialogue: Dialogue,
}

impl Entry {
    /// What stands in the text field.
    pub fn text(&self) -> Result<String> {
        self.ask_string("text")
    }

    /// What stands in the password field.
    pub fn password(&self) -> Result<String> {
        self.ask_string("password")
    }

    /// Waits until the text field holds just `text`.
    pub fn wait_text(&self, text: &str) -> Result<()> {
        wait_for("the text to arrive", LONG, || (self.text().ok()? == text).then_some(()))
            .with_context(|| format!("the field holds {:?}", self.text()))
    }

    /// Waits until the password field holds just `text`.
    pub fn wait_password(&self, text: &str) -> Result<()> {
        wait_for("the password to arrive", LONG, || (self.password().ok()? == text).then_some(()))
            .with_context(|| format!("the field holds {:?}", self.password()))
    }

    /// The keys it got, in their order.
    pub fn keys(&self) -> Result<Vec<KeySeen>> {
        let keys = self.ask("keys", "keys")?;
        let keys: Vec<(u32, u8, String)> = serde_json::from_value(keys)?;
        Ok(keys.into_iter().map(|(server_ms, keycode, field)| KeySeen { server_ms, keycode, field }).collect())
    }

    /// Puts the keyboard into `text` or `password`.
    pub fn focus(&self, field: &str) -> Result<()> {
        self.ask(&format!("focus {field}"), "focus").map(drop)
    }

    /// Says on the accessibility bus that a field got the focus, which it did not.
    pub fn announce(&self, field: &str) -> Result<()> {
        self.ask(&format!("announce {field}"), "announce").map(drop)
    }

    /// Empties the fields and forgets the keys.
    pub fn clear(&self) -> Result<()> {
        self.ask("clear", "clear").map(drop)
    }

    /// Changes the window's title.
    pub fn set_title(&self, title: &str) -> Result<()> {
        self.ask(&format!("title {title}"), "title").map(drop)
    }

    fn ask_string(&self, question: &str) -> Result<String> {
        Ok(serde_json::from_value(self.ask(question, question)?)?)
    }

    fn ask(&self, question: &str, answer: &str) -> Result<Value> {
        self.dialogue.ask(question, LONG, |line| {
            let mut value: Value = serde_json::from_str(line).ok()?;
            value.get_mut(answer).map(Value::take)
        })
    }
}

/// What a test window shall be.
#[derive(Clone, Debug)]
pub struct TestWindowOptions<'a> {
    /// Its title.
    pub title: &'a str,
    /// The class of its WM_CLASS.
    pub class: &'a str,
    /// The instance of its WM_CLASS; the class in small letters unless set.
    pub instance: Option<&'a str>,
    /// The name of its executable; `eyelid-testwin` unless set.
    pub executable: Option<&'a str>,
    /// Its colour, 0xRRGGBB.
    pub colour: u32,
    /// Its place.
    pub place: Rect,
    /// Words drawn on it.
    pub text: &'a str,
    /// Asks the window manager to keep out.
    pub override_redirect: bool,
    /// Has no background: the server leaves what was there before.
    pub no_background: bool,
    /// Never paints.
    pub no_paint: bool,
    /// Has an alpha channel, and this alpha.
    pub alpha: Option<u8>,
    /// The `_NET_WM_WINDOW_OPACITY` it asks for, 0 to 1.
    pub opacity: Option<f64>,
    /// The part of it that is there at all.
    pub shape: Option<Rect>,
    /// The process it claims to be instead of its own.
    pub claimed_pid: Option<u32>,
    /// Is made but not mapped.
    pub hidden: bool,
    /// Its `_NET_WM_WINDOW_TYPE`, such as `DOCK` or `NOTIFICATION`.
    pub kind: Option<&'a str>,
}

impl Default for TestWindowOptions<'_> {
    fn default() -> Self {
        TestWindowOptions {
            title: "Window",
            class: "Window",
            instance: None,
            executable: None,
            colour: 0x30_80_d0,
            place: Rect::new(200, 200, 400, 300),
            text: "",
            override_redirect: false,
            no_background: false,
            no_paint: false,
            alpha: None,
            opacity: None,
            shape: None,
            claimed_pid: None,
            hidden: false,
            kind: None,
        }
    }
}

/// A plain X11 window of a process of its own.
#[derive(Debug)]
pub struct TestWindow {
    /// The program.
    pub process: Proc,
    /// The window's id.
    pub id: u32,
    dialogue: Dialogue,
}

impl TestWindow {
    /// Changes its title.
    pub fn set_title(&self, title: &str) -> Result<()> {
        self.tell(&format!("title {title}"))
    }

    /// Fills it with another colour.
    pub fn set_colour(&self, colour: u32) -> Result<()> {
        self.tell(&format!("colour {colour:06x}"))
    }

    /// Brings it to the top.
    pub fn raise(&self) -> Result<()> {
        self.tell("raise")
    }

    /// Puts it below all others.
    pub fn lower(&self) -> Result<()> {
        self.tell("lower")
    }

    /// Moves it.
    pub fn move_to(&self, x: i32, y: i32) -> Result<()> {
        self.tell(&format!("move {x} {y}"))
    }

    /// Changes its size.
    pub fn resize(&self, w: u32, h: u32) -> Result<()> {
        self.tell(&format!("resize {w} {h}"))
    }

    /// Shows it.
    pub fn map(&self) -> Result<()> {
        self.tell("map")
    }

    /// Hides it.
    pub fn unmap(&self) -> Result<()> {
        self.tell("unmap")
    }

    /// Asks for an opacity, 0 to 1.
    pub fn set_opacity(&self, opacity: f64) -> Result<()> {
        self.tell(&format!("opacity {opacity}"))
    }

    /// Takes the whole keyboard, as menus and lockers do.
    pub fn grab_keyboard(&self) -> Result<()> {
        self.tell("grab")
    }

    /// Gives the keyboard back.
    pub fn ungrab_keyboard(&self) -> Result<()> {
        self.tell("ungrab")
    }

    /// The keys it got: the server's time stamp and the key.
    pub fn keys(&self) -> Vec<(u32, u8)> {
        self.events("key")
    }

    /// The clicks it got: the server's time stamp and the button.
    pub fn clicks(&self) -> Vec<(u32, u8)> {
        self.events("button")
    }

    fn events(&self, kind: &str) -> Vec<(u32, u8)> {
        let lines = self.dialogue.lines();
        let words = lines.iter().filter_map(|line| {
            let mut words = line.split(' ');
            (words.next()? == kind).then_some(())?;
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        });
        words.collect()
    }

    /// Says a line and waits until the X server has done it.
    fn tell(&self, line: &str) -> Result<()> {
        self.dialogue
            .ask(line, LONG, |answer| {
                let failed = answer.strip_prefix("error ").map(str::to_owned);
                match failed {
                    Some(reason) => Some(Err(anyhow::anyhow!("{line}: {reason}"))),
                    None => (answer == "ok").then_some(Ok(())),
                }
            })
            .context("a test window")?
    }
}

impl Desktop {
    /// Opens a window with a text field and waits until it has the keyboard.
    pub fn gtk_entry(&self, title: &str, class: &str) -> Result<Entry> {
        self.gtk_entry_with(&EntryOptions { title, class, ..EntryOptions::default() })
    }

    /// As [`Desktop::gtk_entry`], with more to choose.
    pub fn gtk_entry_with(&self, options: &EntryOptions<'_>) -> Result<Entry> {
        let script = self.path("bin/entry.py");
        fs::write(&script, ENTRY)?;
        let python = fs::canonicalize("/usr/bin/python3")?;
        let program = match options.executable {
            Some(name) => self.copy_program(&python, name)?,
            None => python,
        };
        let mut command = self.command(program);
        command
            // A copy elsewhere would not find its library.
            .env("PYTHONHOME", "/usr")
            .arg(script)
            .args(["--title", options.title, "--wm-class", options.class])
            .args(["--place", &comma(options.place)]);
        if options.password {
            command.arg("--password");
        }
        if options.menu {
            command.arg("--menu");
        }
        let (process, dialogue) = Proc::start_talking(command, self.log_path("entry"))?;
        let id = dialogue
            .hear("whether its window is there", LONG, |line| {
                let value: Value = serde_json::from_str(line).ok()?;
                u32::try_from(value.get("ready")?.as_u64()?).ok()
            })
            .with_context(|| process.output_text())?;
        self.activate_id(id)?;
        let window = self.window(id).context("the window is gone again")?;
        Ok(Entry { process, window, dialogue })
    }

    /// Opens a window of one colour and waits until it is painted.
    pub fn plain_window(&self, title: &str, class: &str, colour: u32, place: Rect) -> Result<TestWindow> {
        self.test_window(&TestWindowOptions { title, class, colour, place, ..TestWindowOptions::default() })
    }

    /// Opens a window of one's own design. Returns when it is mapped and, if it paints, painted.
    pub fn test_window(&self, options: &TestWindowOptions<'_>) -> Result<TestWindow> {
        let program: PathBuf = Binaries::find()?.program("eyelid-testwin")?;
        let program = match options.executable {
            Some(name) => self.copy_program(&program, name)?,
            None => program,
        };
        let small = options.class.to_lowercase();
        let mut command = self.command(program);
        command
            .arg(format!("--title={}", options.title))
            .arg(format!("--class={}", options.class))
            .arg(format!("--instance={}", options.instance.unwrap_or(&small)))
            .arg(format!("--colour={:06x}", options.colour))
            .arg(format!("--place={}", comma(options.place)))
            .arg(format!("--text={}", options.text));
        let flags = [
            (options.override_redirect, "--override-redirect"),
            (options.no_background, "--no-background"),
            (options.no_paint, "--no-paint"),
            (options.hidden, "--hidden"),
        ];
        for (_, flag) in flags.iter().filter(|(wanted, _)| *wanted) {
            command.arg(flag);
        }
        let values = [
            options.alpha.map(|alpha| format!("--alpha={alpha}")),
            options.opacity.map(|opacity| format!("--opacity={opacity}")),
            options.shape.map(|shape| format!("--shape={}", comma(shape))),
            options.claimed_pid.map(|pid| format!("--pid={pid}")),
            options.kind.map(|kind| format!("--kind={kind}")),
        ];
        command.args(values.into_iter().flatten());
        let (process, dialogue) = Proc::start_talking(command, self.log_path("testwin"))?;
        let id = dialogue
            .hear("whether its window is there", LONG, |line| line.strip_prefix("ready ")?.parse().ok())
            .with_context(|| process.output_text())?;
        Ok(TestWindow { process, id, dialogue })
    }
}

fn comma(place: Rect) -> String {
    let Rect { x, y, w, h } = place;
    format!("{x},{y},{w},{h}")
}
