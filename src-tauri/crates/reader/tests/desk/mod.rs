//! A home, a session bus, a keyring and a vault with something in it.

use jiff::tz::TimeZone;
use policy::{Boot, Candidate, Clear, Focus, Identity, Input, KeyLevel, Now, Policy, Presence, Recipient, Sensor};
use policy::{Streams, VaultState, Wall, WindowId, WindowKind};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;
use vault::bands::Bands;
use vault::item::{FocusItem, FrameItem, KeyItem, KeyKind, PointerItem, PointerKind, ShownWindow};
use vault::{Item, Master, Note, Ticket, Vault};
use zbus::blocking::Proxy;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};

/// When the recording began.
pub const T0: i64 = 1_795_500_000_000;

/// A session bus, ended when dropped; what is connected to it ends with it.
pub struct Bus {
    daemon: Child,
    /// Where it listens.
    pub address: String,
}

impl Bus {
    fn start(home: &Path) -> Bus {
        let mut daemon = command("dbus-daemon", home)
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Bus { daemon, address: address.trim().to_owned() }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .current_dir(home)
        .stderr(Stdio::null());
    command
}

/// All of it.
pub struct Desk {
    home: TempDir,
    bus: Bus,
}

impl Desk {
    /// With an unlocked keyring and no vault yet.
    pub fn new() -> Desk {
        Desk::start("--unlock", b"pw")
    }

    /// With a Secret Service in which nobody has made a keyring.
    pub fn without_a_keyring_yet() -> Desk {
        Desk::start("--start", b"")
    }

    fn start(how: &str, password: &[u8]) -> Desk {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("run")).unwrap();
        let bus = Bus::start(home.path());
        let desk = Desk { home, bus };
        desk.start_keyring(how, password);
        desk
    }

    /// Starts the keyring.
    pub fn start_keyring(&self, how: &str, password: &[u8]) {
        let mut keyring = command("gnome-keyring-daemon", self.home())
            .args([how, "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        keyring.stdin.take().unwrap().write_all(password).unwrap();
        // It goes into the background; whoever asks before it is there makes the bus start another one.
        assert!(keyring.wait().unwrap().success());
        let bus = Builder::address(self.bus.address.as_str()).unwrap().build().unwrap();
        let names = zbus::blocking::fdo::DBusProxy::new(&bus).unwrap();
        while !names.name_has_owner("org.freedesktop.secrets".try_into().unwrap()).unwrap() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it.
    pub fn end_keyring(&self) {
        let asked = command("dbus-send", self.home())
            .args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args(["org.freedesktop.DBus.GetConnectionUnixProcessID", "string:org.freedesktop.secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .output()
            .unwrap();
        let answer = String::from_utf8(asked.stdout).unwrap();
        let pid = answer.trim().strip_prefix("uint32 ").unwrap().trim().to_owned();
        assert!(command("kill", self.home()).arg(&pid).status().unwrap().success());
        while PathBuf::from("/proc").join(&pid).join("exe").exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn vault(&self) -> PathBuf {
        self.home().join(".local/share/eyelid/vault")
    }

    /// A bus on which nobody offers secrets.
    pub fn empty_bus(&self) -> Bus {
        let config = self.home().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\"/><allow own=\"*\"/></policy></busconfig>",
            self.home().join("run").display()
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = command("dbus-daemon", self.home())
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Bus { daemon, address: address.trim().to_owned() }
    }

    /// Runs the reader; its answer must come with this code.
    pub fn read(&self, args: &[&str], code: i32) -> Value {
        self.read_on(&self.bus.address, args, code)
    }

    /// The reader, to be run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut reader = command(env!("CARGO_BIN_EXE_eyelid-reader"), self.home());
        reader.args(args).env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address);
        reader
    }

    pub fn read_on(&self, bus: &str, args: &[&str], code: i32) -> Value {
        let read = || self.command(args).env("DBUS_SESSION_BUS_ADDRESS", bus).stderr(Stdio::piped()).output().unwrap();
        let mut output = read();
        // gnome-keyring 42 locks itself now and then, once in thousands of writes. Then it is done as a person does it.
        if code == 0 && output.status.code() == Some(3) && bus == self.bus.address && self.is_locked() {
            self.unlock();
            output = read();
        }
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}: {out} {err}");
        assert_eq!(err, "", "{args:?}");
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{args:?} should answer JSON, not {out:?}"))
    }

    /// Runs the reader with lines on its standard input, passphrases first.
    pub fn read_typed(&self, lines: &[&str], args: &[&str], code: i32) -> Value {
        let mut child = self.talk(env!("CARGO_BIN_EXE_eyelid-reader"), &[args, &["--passphrase", "input"]].concat());
        let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // One that refuses before it reads has closed it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.status.code(), &*err), (Some(code), ""), "{args:?}: {out}");
        for line in lines {
            assert!(!out.contains(line), "{args:?} repeats what was typed");
        }
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{args:?} should answer JSON, not {out:?}"))
    }

    fn secret_tool(&self, verb: &[&str], suffix: &str, input: &str) -> Output {
        let account = format!("{}{suffix}", vault::vault_id(&self.vault()).unwrap());
        let mut tool = command("secret-tool", self.home())
            .args(verb)
            .args(["service", "eyelid", "username", &account])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        tool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        tool.wait_with_output().unwrap()
    }

    /// What the keyring keeps for the vault, under its id and this suffix.
    pub fn kept(&self, suffix: &str) -> Option<String> {
        let output = self.secret_tool(&["lookup"], suffix, "");
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    pub fn keep(&self, suffix: &str, secret: &str) {
        self.drop_kept(suffix);
        assert!(self.secret_tool(&["store", "--label=test"], suffix, secret).status.success());
    }

    pub fn drop_kept(&self, suffix: &str) {
        self.secret_tool(&["clear"], suffix, "");
    }

    pub fn lock(&self) {
        let done = command("dbus-send", self.home())
            .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
            .args(["org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/collection/login"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .stdout(Stdio::null())
            .status();
        assert!(done.unwrap().success());
    }

    /// Whether the keyring says that it is.
    fn is_locked(&self) -> bool {
        let (to, path) = ("org.freedesktop.secrets", "/org/freedesktop/secrets/collection/login");
        let bus = Builder::address(self.bus.address.as_str()).unwrap().build().unwrap();
        let login = Proxy::new(&bus, to, path, "org.freedesktop.Secret.Collection").unwrap();
        login.get_property("Locked").unwrap()
    }

    pub fn make_vault(&self) {
        Vault::open(&self.vault(), at(0), |_| {}).unwrap().close();
    }

    pub fn sql(&self, sql: &str) {
        let done = command("sqlite3", self.home()).arg(self.vault().join("vault.db")).arg(sql).output();
        assert!(done.unwrap().status.success());
    }

    pub fn lines(&self, file: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.home().join(file)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn copy_vault(&self) -> PathBuf {
        let copy = self.home().join("copy");
        copy_files(&self.vault(), &copy);
        copy
    }

    pub fn put_back(&self, copy: &Path) {
        std::fs::remove_dir_all(self.vault()).unwrap();
        copy_files(copy, &self.vault());
    }

    /// A vault with one of everything in it; its key, as the keyring has it.
    pub fn recorded(&self) -> Master {
        self.record(one_of_everything())
    }

    /// A vault with so many pictures in it that writing them out takes a while.
    pub fn recorded_pictures(&self, number: u32) {
        let (width, height) = (400, 300);
        let picture = |seed: u32| -> Vec<u8> {
            (0..width * height * 4).map(|i| ((i + seed).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
        };
        let frame = |n: u32| {
            let pixels = Bands::pack(&picture(n * 7919), (width, height)).unwrap();
            Item::Frame(FrameItem { at: at(i64::from(n)), width, height, pixels, shown: Vec::new() })
        };
        self.record((0..number).map(frame).collect());
    }

    fn record(&self, items: Vec<Item>) -> Master {
        self.make_vault();
        self.read(&["keys", "ensure"], 0);
        let mut recorder = Recorder::new(self);
        items.into_iter().for_each(|item| recorder.record(item));
        recorder.vault.note_withheld("2026-11-24", "chat", 12);
        recorder.sync();
        Master::parse(&self.kept("").unwrap()).unwrap()
    }

    /// A program of the desk's that is talked to by pipes.
    pub fn talk(&self, program: &str, args: &[&str]) -> Child {
        command(program, self.home())
            .args(args)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Opens the keyring with its password, by the call of gnome-keyring's own login module.
    pub fn unlock(&self) {
        let (to, root) = ("org.freedesktop.secrets", "/org/freedesktop/secrets");
        let bus = Builder::address(self.bus.address.as_str()).unwrap().build().unwrap();
        let service = Proxy::new(&bus, to, root, "org.freedesktop.Secret.Service").unwrap();
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", zbus::zvariant::Value::from(""))).unwrap();
        let master = (session, Vec::<u8>::new(), b"pw".as_slice(), "text/plain");
        let login = ObjectPath::try_from("/org/freedesktop/secrets/collection/login").unwrap();
        let inner = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        let inner = Proxy::new(&bus, to, root, inner).unwrap();
        inner.call::<_, _, ()>("UnlockWithMasterPassword", &(login, master)).unwrap();
    }

    /// Puts an older database into the folder that stays.
    pub fn put_back_the_file(&self, copy: &Path) {
        for file in std::fs::read_dir(self.vault()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        copy_into(copy, &self.vault());
    }
}

/// Records, as the agent does: what policy has cleared.
pub struct Recorder {
    policy: Policy,
    pub vault: Vault,
    notes: Receiver<Note>,
    tickets: u64,
}

impl Recorder {
    /// A vault that has its key.
    pub fn new(desk: &Desk) -> Recorder {
        let (sender, notes) = channel();
        let vault = Vault::open(&desk.vault(), at(0), move |note| drop(sender.send(note))).unwrap();
        Recorder { policy: recording(), vault, notes, tickets: 0 }
    }

    /// Later than everything recorded before.
    pub fn record(&mut self, item: Item) {
        let Now { boot, wall } = item.at();
        let later = Now { boot: boot.plus(4_000), wall: Wall(wall.0 + 4_000) };
        heard(&mut self.policy, later);
        let candidate = Candidate { stream: item.stream(), at: boot, until: boot, windows: Vec::new(), payload: item };
        match self.policy.clear(candidate, later) {
            Clear::Cleared(cleared) => self.vault.append(cleared).unwrap(),
            Clear::Wait(_, until) => panic!("it should be cleared, not wait until {until:?}"),
            Clear::Dropped(why) => panic!("it should be cleared, not {why:?}"),
        }
    }

    fn done(&mut self, ask: impl FnOnce(&mut Vault, Ticket)) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        ask(&mut self.vault, ticket);
        while self.notes.recv_timeout(Duration::from_secs(60)).unwrap() != Note::Done(ticket) {}
    }

    /// Seals what waits.
    pub fn sync(&mut self) {
        self.done(|vault, ticket| vault.sync(ticket));
    }

    /// Forgets a range, in milliseconds from the start.
    pub fn forget(&mut self, from: i64, to: i64) {
        self.done(|vault, ticket| vault.forget((at(from).wall, at(to).wall), "test", ticket));
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    copy_into(from, to);
}

fn copy_into(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// So many milliseconds after the start.
pub fn at(ms: i64) -> Now {
    Now { boot: Boot(1_000_000 + ms.unsigned_abs()), wall: Wall(T0 + ms) }
}

/// A policy that nothing holds.
fn recording() -> Policy {
    let start = Now { boot: Boot(1_000_000 - 10_000), wall: Wall(T0 - 10_000) };
    let mut policy = Policy::new(3000, None, start);
    let window = WindowId(1);
    let streams = Streams { screen: true, keys: KeyLevel::Text, pointer: true, focus: true };
    let editor = Identity { exe: Some("/usr/bin/editor".into()), class: Some("Editor".into()), ..Identity::default() };
    for input in [
        Input::Zone(TimeZone::UTC),
        Input::ConfigValid(true),
        Input::Consent(Some(streams)),
        Input::Vault(VaultState::Ready),
        Input::Recipient(Recipient::Verified),
        Input::Window { id: window, kind: WindowKind::Normal, identity: editor, text: true },
        Input::Focus(Focus::Window(window)),
        Input::SecretField(false),
        Input::Pill(true),
        Input::Presence(Presence::Here),
    ] {
        policy.handle(start.boot, input, start);
    }
    // Every sensor has been heard before the first datum.
    for ms in [1_000, 5_000] {
        let now = Now { boot: start.boot.plus(ms), wall: Wall(start.wall.0 + ms as i64) };
        heard(&mut policy, now);
    }
    policy
}

fn heard(policy: &mut Policy, now: Now) {
    for sensor in [Sensor::Display, Sensor::Access, Sensor::Tray] {
        policy.handle(now.boot, Input::UpTo(sensor, now.boot), now);
    }
}

/// Raw pixels that differ everywhere.
pub fn picture(seed: u32) -> Vec<u8> {
    (0..200 * 100 * 4_u32).map(|i| (i.wrapping_mul(2_654_435_761).rotate_left(seed) >> 13) as u8).collect()
}

/// A key event in the editor.
pub fn key(ms: i64, kind: KeyKind) -> Item {
    Item::Key(KeyItem { at: at(ms), app: "editor".into(), title: Some("notes.txt".into()), kind })
}

/// Text typed in the editor.
pub fn typed(ms: i64, text: &str) -> Item {
    key(ms, KeyKind::Text(text.into()))
}

/// The focus goes to a window.
pub fn focus(ms: i64, app: &str, title: &str) -> Item {
    Item::Focus(FocusItem { at: at(ms), app: app.into(), title: Some(title.into()) })
}

/// What the pointer did in the editor.
pub fn pointer(ms: i64, kind: PointerKind) -> Item {
    let (app, title) = (Some("editor".into()), Some("notes.txt".into()));
    Item::Pointer(PointerItem { at: at(ms), app, title, kind, x: 5, y: 6 })
}

/// A picture that shows the editor.
pub fn frame(ms: i64, seed: u32) -> Item {
    let pixels = Bands::pack(&picture(seed), (200, 100)).unwrap();
    let shown = vec![ShownWindow { app: "editor".into(), title: Some("notes.txt".into()), rect: (1, 2, 30, 40) }];
    Item::Frame(FrameItem { at: at(ms), width: 200, height: 100, pixels, shown })
}

fn one_of_everything() -> Vec<Item> {
    let unknown = |ms, kind| Item::Pointer(PointerItem { at: at(ms), app: None, title: None, kind, x: 5, y: 6 });
    vec![
        focus(0, "editor", "notes.txt"),
        key(1, KeyKind::Text("grüße \u{202e} <b>"[..].into())),
        key(2, KeyKind::Count(3)),
        key(3, KeyKind::Shortcut("Ctrl+S".into())),
        frame(4, 1),
        pointer(5, PointerKind::Click { button: 1 }),
        unknown(6, PointerKind::Move(vec![(1, 2), (5, 6)])),
        frame(7, 2),
        pointer(8, PointerKind::Scroll { dx: 0, dy: -2 }),
    ]
}

/// The hour around the recording.
pub fn hour() -> (String, String) {
    let text = |ms| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
    (text(T0 - 1_800_000), text(T0 + 1_800_000))
}

/// A command line with a range.
pub fn range<'a>(command: &'a str, from: &'a str, to: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&[command, "--from", from, "--to", to, "--program", "test"], rest].concat()
}

/// Nobody else may look.
pub fn assert_private(folder: &Path) {
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder), 0o700);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_private(&path);
        } else {
            assert_eq!(mode(&path), 0o600, "a file of the export");
        }
    }
}

/// Every line has what the schema requires, and nothing it does not name.
pub fn assert_as_the_schema_says(folder: &Path, frames: &[Value], events: &[Value]) {
    let schema: Value = serde_json::from_slice(&std::fs::read(folder.join("export.schema.json")).unwrap()).unwrap();
    for (name, lines) in [("frame", frames), ("event", events)] {
        let definition = &schema["$defs"][name];
        for line in lines {
            let line = line.as_object().unwrap();
            for required in definition["required"].as_array().unwrap() {
                assert!(line.contains_key(required.as_str().unwrap()), "{required} is missing in a {name}");
            }
            for key in line.keys() {
                assert!(definition["properties"].get(key).is_some(), "{key} of a {name} is not in the schema");
            }
        }
    }
}
