//! The virtual desktop: its parts, its private world, its end.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use rustix::process::Signal;
use tempfile::TempDir;
use zbus::blocking::Connection;

use crate::Result;
use crate::bus::{BusFiles, connect, wait_owned};
use crate::clock::FakeClock;
use crate::display::{Display, Rect, Screenshot, Window};
use crate::input::Input;
use crate::logind::Logind;
use crate::notifications::Listener;
use crate::process::{Proc, lock};
use crate::sweep::{self, Janitor};
use crate::wait::{LONG, wait_for};

/// The window manager of a desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wm {
    /// Openbox, no compositor.
    Openbox,
    /// Xfwm4, with or without its compositor.
    Xfwm4 {
        /// Whether it composes the screen.
        compositor: bool,
    },
    /// Nobody places or frames windows.
    None,
}

/// The keyring of a desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// There, and open.
    Unlocked,
    /// There, and closed; opening it asks for a password.
    Locked,
    /// No keyring, and none that could be started.
    None,
}

/// A part of a desktop that a test may take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The X server.
    Display,
    /// The session bus.
    Bus,
    /// The private system bus.
    SystemBus,
    /// The window manager.
    Wm,
    /// The panel with its tray.
    Panel,
    /// The notification daemon.
    Dunst,
    /// The keyring.
    Keyring,
    /// The accessibility bus.
    A11y,
    /// The login manager.
    Logind,
}

/// What a desktop shall have.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    size: (u32, u32),
    monitors: Vec<Rect>,
    wm: Wm,
    panel: bool,
    dunst: bool,
    keyring: Keyring,
    a11y: bool,
    logind: bool,
}

impl Builder {
    /// The size of the screen in pixels; 1280 by 800 unless set.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// Splits the screen into monitors.
    pub fn monitors(mut self, places: &[Rect]) -> Self {
        self.monitors = places.to_vec();
        self
    }

    /// The window manager; Openbox unless set.
    pub fn wm(mut self, wm: Wm) -> Self {
        self.wm = wm;
        self
    }

    /// A panel with a tray; none unless set.
    pub fn panel(mut self, panel: bool) -> Self {
        self.panel = panel;
        self
    }

    /// A notification daemon; none unless set.
    pub fn dunst(mut self, dunst: bool) -> Self {
        self.dunst = dunst;
        self
    }

    /// The keyring; none unless set.
    pub fn keyring(mut self, keyring: Keyring) -> Self {
        self.keyring = keyring;
        self
    }

    /// The accessibility bus; there unless unset.
    pub fn a11y(mut self, a11y: bool) -> Self {
        self.a11y = a11y;
        self
    }

    /// A login manager on a private system bus; none unless set.
    pub fn logind(mut self, logind: bool) -> Self {
        self.logind = logind;
        self
    }

    /// All parts: panel, notifications, keyring, login manager.
    pub fn full(self) -> Self {
        self.panel(true).dunst(true).keyring(Keyring::Unlocked).logind(true)
    }

    /// Starts it and waits until all its parts answer.
    pub fn start(self) -> Result<Desktop> {
        let dir = tempfile::Builder::new().prefix("desk-").tempdir()?;
        let root = dir.path().to_owned();
        for folder in ["home", "run", "config", "data", "cache", "state", "tmp", "logs", "bin"] {
            fs::create_dir(root.join(folder))?;
        }
        fs::set_permissions(root.join("run"), fs::Permissions::from_mode(0o700))?;

        let mut services = vec!["ca.desrt.dconf.service", "org.xfce.Xfconf.service"];
        if self.a11y {
            services.push("org.a11y.Bus.service");
        }
        if self.keyring != Keyring::None {
            services.push("org.gnome.keyring.SystemPrompter.service");
            services.push("org.gnome.keyring.PrivatePrompter.service");
        }
        let session_bus = BusFiles::write(&root.join("run"), &root.join("run/bus"), &services)?;
        let system_bus = root.join("run/system");
        fs::create_dir(&system_bus)?;
        let system_bus = BusFiles::write(&system_bus, &system_bus.join("bus"), &[])?;

        let janitor = Janitor::start(&root)?;
        let (xvfb, name) = launch_xvfb(&root, self.size)?;
        let display = Display::connect(&name)?;
        if !self.monitors.is_empty() {
            display.set_monitors(&self.monitors)?;
        }
        let input = Input::connect(&name)?;
        let desktop = Desktop {
            builder: self,
            parts: Mutex::new(BTreeMap::from([(Part::Display, xvfb)])),
            display,
            input,
            name,
            session_bus,
            system_bus,
            notifications: Mutex::new(None),
            logind: Mutex::new(None),
            count: AtomicU32::new(0),
            root,
            dir: Some(dir),
            janitor,
        };
        // A failure drops the desktop, and with it what has already started.
        desktop.start_all()?;
        Ok(desktop)
    }
}

/// A running desktop. See the crate's documentation.
#[derive(Debug)]
pub struct Desktop {
    builder: Builder,
    parts: Mutex<BTreeMap<Part, Proc>>,
    display: Display,
    input: Input,
    name: String,
    session_bus: BusFiles,
    system_bus: BusFiles,
    notifications: Mutex<Option<Listener>>,
    logind: Mutex<Option<Logind>>,
    count: AtomicU32,
    root: PathBuf,
    dir: Option<TempDir>,
    janitor: Janitor,
}

impl Desktop {
    /// A desktop to be described and started.
    pub fn builder() -> Builder {
        Builder {
            size: (1280, 800),
            monitors: Vec::new(),
            wm: Wm::Openbox,
            panel: false,
            dunst: false,
            keyring: Keyring::None,
            a11y: true,
            logind: false,
        }
    }

    fn start_all(&self) -> Result<()> {
        self.start(Part::Bus)?;
        // The slow ones first, so that they come up while the others do.
        let panel = if self.builder.panel { Some(self.launch_panel()?) } else { None };
        if self.builder.logind {
            self.start(Part::SystemBus)?;
        }
        let logind = if self.builder.logind { Some(self.launch_logind()?) } else { None };
        if self.builder.wm != Wm::None {
            self.start(Part::Wm)?;
        }
        if self.builder.a11y {
            self.start(Part::A11y)?;
        }
        if self.builder.dunst {
            self.start(Part::Dunst)?;
        }
        match self.builder.keyring {
            Keyring::None => {}
            Keyring::Unlocked => self.start(Part::Keyring)?,
            Keyring::Locked => {
                self.start(Part::Keyring)?;
                self.lock_keyring()?;
            }
        }
        if let Some(logind) = logind {
            lock(&self.parts).insert(Part::Logind, logind);
            *lock(&self.logind) = Some(Logind::set_up(&self.system_bus.address)?);
        }
        if let Some(panel) = panel {
            lock(&self.parts).insert(Part::Panel, panel);
            self.wait_panel()?;
        }
        Ok(())
    }

    /// Starts a part (again) and waits until it answers.
    pub fn start(&self, part: Part) -> Result<()> {
        let process = match part {
            Part::Display => anyhow::bail!("the display cannot be started again"),
            Part::Bus => self.launch_bus(&self.session_bus, "bus")?,
            Part::SystemBus => self.launch_bus(&self.system_bus, "system-bus")?,
            Part::Wm => self.launch_wm()?,
            Part::Panel => self.launch_panel()?,
            Part::Dunst => self.launch_dunst()?,
            Part::Keyring => self.start_keyring()?,
            Part::A11y => self.launch_a11y()?,
            Part::Logind => self.launch_logind()?,
        };
        let log = |error: anyhow::Error| error.context(self.log_of(part));
        lock(&self.parts).insert(part, process);
        match part {
            Part::Wm => self.display.wait_manager().map_err(log),
            Part::Panel => self.wait_panel().map_err(log),
            Part::Dunst => {
                wait_owned(&self.bus()?, "org.freedesktop.Notifications", LONG).map_err(log)?;
                *lock(&self.notifications) = Some(Listener::start(&self.session_bus.address)?);
                Ok(())
            }
            Part::A11y => self.a11y_address().map(drop).map_err(log),
            Part::Logind => {
                *lock(&self.logind) = Some(Logind::set_up(&self.system_bus.address)?);
                Ok(())
            }
            Part::Display | Part::Bus | Part::SystemBus | Part::Keyring => Ok(()),
        }
    }

    /// Starts another display, after the one before it was killed, and answers with its name. Its name is told to the
    /// buses, as the start of a session does, so that what they start finds it. The input, the windows and the other parts
    /// of this desktop stay with the one before.
    pub fn next_display(&self) -> Result<String> {
        let (xvfb, name) = launch_xvfb(&self.root, self.builder.size)?;
        lock(&self.parts).insert(Part::Display, xvfb);
        let tell = |bus: &Connection| -> Result<()> {
            let (path, interface) = ("/org/freedesktop/DBus", Some("org.freedesktop.DBus"));
            let variables = BTreeMap::from([("DISPLAY", name.as_str())]);
            bus.call_method(interface, path, interface, "UpdateActivationEnvironment", &(variables,))?;
            Ok(())
        };
        tell(&self.bus()?)?;
        if self.builder.a11y {
            // One that ended with the display comes up with the new name; one that did not is told.
            tell(&connect(&self.a11y_address()?)?)?;
        }
        Ok(name)
    }

    /// Kills a part and everything it started.
    pub fn kill(&self, part: Part) -> Result<()> {
        let process = lock(&self.parts).remove(&part);
        drop(process.with_context(|| format!("{part:?} is not running"))?);
        Ok(())
    }

    /// Sends a signal to a part, for instance to freeze it.
    pub fn signal(&self, part: Part, signal: Signal) -> Result<()> {
        let parts = lock(&self.parts);
        let process = parts.get(&part);
        process.with_context(|| format!("{part:?} is not running"))?.signal(signal)
    }

    /// The process of a part that runs.
    pub fn pid_of(&self, part: Part) -> Result<i32> {
        let parts = lock(&self.parts);
        parts.get(&part).map(Proc::pid).with_context(|| format!("{part:?} is not running"))
    }

    /// What a part has printed.
    pub fn log_of(&self, part: Part) -> String {
        lock(&self.parts).get(&part).map(Proc::output_text).unwrap_or_default()
    }

    fn launch_bus(&self, files: &BusFiles, name: &str) -> Result<Proc> {
        let mut command = self.command("dbus-daemon");
        command.arg(format!("--config-file={}", files.config.display())).args([
            "--nofork",
            "--nopidfile",
            "--print-address=1",
        ]);
        Ok(Proc::start_announcing(command, self.log_path(name))?.0)
    }

    fn launch_wm(&self) -> Result<Proc> {
        let command = match self.builder.wm {
            Wm::Openbox => self.command("openbox"),
            Wm::Xfwm4 { compositor } => {
                let mut command = self.command("xfwm4");
                let state = if compositor { "on" } else { "off" };
                command.arg(format!("--compositor={state}")).arg("--vblank=off");
                command
            }
            Wm::None => anyhow::bail!("this desktop has no window manager"),
        };
        Proc::start(command, self.log_path("wm"))
    }

    fn launch_logind(&self) -> Result<Proc> {
        // The interpreter that Debian's modules belong to, whatever else is on the path.
        let mut command = self.command("/usr/bin/python3");
        command.args(["-m", "dbusmock", "--system", "--template", "logind"]);
        Proc::start(command, self.log_path("logind"))
    }

    /// A command that lives on this desktop: its environment is the desktop's and nothing else.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.home());
        command
    }

    /// The environment of this desktop's programs.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let at = |folder: &str| self.root.join(folder).display().to_string();
        vec![
            (sweep::MARK, self.root.display().to_string()),
            ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into()),
            ("LANG", "C.UTF-8".into()),
            ("USER", "person".into()),
            ("LOGNAME", "person".into()),
            ("SHELL", "/bin/sh".into()),
            ("DISPLAY", self.name.clone()),
            ("DBUS_SESSION_BUS_ADDRESS", self.session_bus.address.clone()),
            // Named even without a login manager: then nobody answers, least of all this machine's real one.
            ("DBUS_SYSTEM_BUS_ADDRESS", self.system_bus.address.clone()),
            ("HOME", at("home")),
            ("XDG_RUNTIME_DIR", at("run")),
            ("XDG_CONFIG_HOME", at("config")),
            ("XDG_DATA_HOME", at("data")),
            ("XDG_CACHE_HOME", at("cache")),
            ("XDG_STATE_HOME", at("state")),
            ("TMPDIR", at("tmp")),
            ("XDG_SESSION_TYPE", "x11".into()),
            ("XDG_SESSION_ID", crate::logind::SESSION.into()),
            ("XDG_CURRENT_DESKTOP", "XFCE".into()),
            ("GDK_BACKEND", "x11".into()),
            ("GSETTINGS_BACKEND", "memory".into()),
            ("LIBGL_ALWAYS_SOFTWARE", "1".into()),
        ]
    }

    /// Starts a program, its output going to files for [`Proc::output_text`].
    pub fn spawn(&self, command: Command) -> Result<Proc> {
        let name = Path::new(command.get_program())
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        Proc::start(command, self.log_path(&name))
    }

    /// Runs a program to its end and returns what it printed.
    pub fn run(&self, command: Command) -> Result<std::process::Output> {
        use std::io::{Read, Seek};
        let (mut out, mut err) = (tempfile::tempfile()?, tempfile::tempfile()?);
        let mut command = command;
        command.stdin(std::process::Stdio::null()).stdout(out.try_clone()?).stderr(err.try_clone()?);
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child =
            crate::spawn::spawn(command, crate::spawn::Leads::Group).with_context(|| format!("starting {name}"))?;
        let ended = wait_for(&format!("{name} to end"), 3 * LONG, || child.try_wait().transpose());
        let mut output = std::process::Output {
            status: match ended {
                Ok(status) => status?,
                Err(late) => {
                    child.kill()?;
                    child.wait()?;
                    return Err(late);
                }
            },
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        out.rewind()?;
        out.read_to_end(&mut output.stdout)?;
        err.rewind()?;
        err.read_to_end(&mut output.stderr)?;
        Ok(output)
    }

    /// A wall clock for programs of this desktop. Its control file lies among Eyelid's settings, which
    /// the sandboxed agent can read.
    pub fn fake_clock(&self) -> Result<FakeClock> {
        FakeClock::new(&self.root.join("config/eyelid/faketime"))
    }

    /// The keyboard and the mouse.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The mocked login manager.
    pub fn with_logind<T>(&self, act: impl FnOnce(&Logind) -> Result<T>) -> Result<T> {
        act(lock(&self.logind).as_ref().context("this desktop has no login manager")?)
    }

    /// The log of notifications, from the daemon's start on.
    pub(crate) fn with_notifications<T>(&self, act: impl FnOnce(&Listener) -> Result<T>) -> Result<T> {
        act(lock(&self.notifications).as_ref().context("this desktop has no notification daemon")?)
    }

    /// A connection to the session bus.
    pub fn bus(&self) -> Result<Connection> {
        connect(&self.session_bus.address)
    }

    /// The display's name, such as `:99`.
    pub fn display_name(&self) -> &str {
        &self.name
    }

    /// The size of the screen.
    pub fn size(&self) -> (u32, u32) {
        self.builder.size
    }

    /// The home folder.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// A file or folder below the desktop's own folder, which holds `home`, `run`, `config`, `data`,
    /// `cache`, `state`, `tmp`, `logs` and `bin`.
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// A fresh name for log files.
    pub(crate) fn log_path(&self, name: &str) -> PathBuf {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        self.root.join(format!("logs/{number:03}-{name}.log"))
    }

    /// The processes that were born on this desktop.
    pub fn processes(&self) -> Vec<i32> {
        sweep::living(&self.root.display().to_string(), &HashSet::new())
    }

    /// Managed windows, the lowest first; without a window manager all windows.
    pub fn windows(&self) -> Result<Vec<Window>> {
        self.display.windows()
    }

    /// The children of the root window, the lowest first: frames, menus, toasts, the pill.
    pub fn toplevels(&self) -> Result<Vec<Window>> {
        self.display.toplevels()
    }

    /// All windows within one, at whatever depth.
    pub fn windows_within(&self, id: u32) -> Vec<Window> {
        self.display.descendants(id)
    }

    /// One window, as it is now; `None` once it is gone.
    pub fn window(&self, id: u32) -> Option<Window> {
        self.display.window(id)
    }

    /// The window the window manager calls active.
    pub fn active_window(&self) -> Option<Window> {
        self.display.active()
    }

    /// The window that gets the keys, by the X server's word (0 is none, 1 the pointer's).
    pub fn focused_id(&self) -> Result<u32> {
        self.display.focus()
    }

    /// Waits until a window of that title is on the screen that leaves itself to window managers: the mark on the screen
    /// bears Eyelid's name, too.
    pub fn window_by_title(&self, title: &str) -> Result<Window> {
        self.wait_window(&format!("a window titled {title:?}"), |w| w.title == title && !w.override_redirect)
    }

    /// Waits until a visible window fits, be it managed or not.
    pub fn wait_window(&self, what: &str, fits: impl Fn(&Window) -> bool) -> Result<Window> {
        wait_for(what, LONG, || {
            let managed = self.windows().ok()?;
            let others = self.toplevels().ok()?;
            managed.into_iter().chain(others).find(|window| window.visible && fits(window))
        })
    }

    /// Waits until no visible window fits.
    pub fn wait_no_window(&self, what: &str, fits: impl Fn(&Window) -> bool) -> Result<()> {
        wait_for(&format!("the end of {what}"), LONG, || {
            let managed = self.windows().ok()?;
            let others = self.toplevels().ok()?;
            (!managed.into_iter().chain(others).any(|window| window.visible && fits(&window))).then_some(())
        })
    }

    /// Makes a window active as a task list does, and waits until keys go there.
    pub fn activate(&self, window: &Window) -> Result<()> {
        self.display.activate(window.id)
    }

    /// As [`Desktop::activate`], by the window's id.
    pub fn activate_id(&self, id: u32) -> Result<()> {
        self.display.activate(id)
    }

    /// Takes the keyboard from whatever window has it; the window manager may give it back.
    pub fn unfocus(&self) -> Result<()> {
        self.display.unfocus()
    }

    /// Gives the keyboard to a window without asking the window manager, as any program may.
    pub fn seize_focus(&self, id: u32) -> Result<()> {
        self.display.seize_focus(id)
    }

    /// Closes a window as its close button does.
    pub fn close(&self, window: &Window) -> Result<()> {
        self.display.close(window.id)
    }

    /// The screen as it is now.
    pub fn screen(&self) -> Result<Screenshot> {
        self.display.screenshot()
    }

    /// Part of the screen as it is now.
    pub fn screen_part(&self, place: Rect) -> Result<Screenshot> {
        self.display.grab(place)
    }

    /// Saves the screen as it is now as a PNG file.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        self.screen()?.save(file)
    }

    /// The colour at a place on the screen, as 0xRRGGBB.
    pub fn pixel(&self, x: i32, y: i32) -> Result<u32> {
        Ok(self.display.grab(Rect::new(x, y, 1, 1))?.pixel(0, 0))
    }

    /// Waits until a place on the screen has a colour.
    pub fn wait_pixel(&self, x: i32, y: i32, colour: u32) -> Result<()> {
        wait_for(&format!("{colour:06x} at {x},{y}"), LONG, || (self.pixel(x, y).ok()? == colour).then_some(()))
    }

    /// Makes a copy of a program under another name: to others it is then another program.
    pub fn copy_program(&self, program: &Path, name: &str) -> Result<PathBuf> {
        let copy = self.root.join("bin").join(name);
        if !copy.exists() {
            // Not by this process: whatever another thread starts meanwhile would hold the copy open for writing, and
            // what is open for writing cannot be started.
            let done = Command::new("cp").arg(program).arg(&copy).status()?;
            anyhow::ensure!(done.success(), "copying {} to {name}", program.display());
        }
        Ok(copy)
    }
}

fn launch_xvfb(root: &Path, (width, height): (u32, u32)) -> Result<(Proc, String)> {
    let mut xvfb = Command::new("Xvfb");
    xvfb.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-dpi", "96"])
        .args(["-screen", "0", &format!("{width}x{height}x24")])
        .env(sweep::MARK, root);
    let (xvfb, number) = Proc::start_announcing(xvfb, root.join("logs/display"))?;
    Ok((xvfb, format!(":{number}")))
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if std::env::var_os("EYELID_TESTS_KEEP").is_some() {
            self.janitor.dismiss();
            let kept = self.dir.take().map(TempDir::keep);
            eprintln!("the desktop's files are kept in {kept:?}");
        }
        let parts = std::mem::take(&mut *lock(&self.parts));
        let groups: HashSet<i32> = parts.values().map(Proc::pid).collect();
        // The display first: its end is the end of every client. The buses last.
        for (_, process) in parts {
            drop(process);
        }
        if let Err(error) = sweep::kill_all(&self.root.display().to_string(), &groups) {
            eprintln!("{error}");
        }
    }
}
