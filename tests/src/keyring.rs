//! The keyring of the desktop.

use std::path::PathBuf;

use anyhow::Context;
use rustix::process::Pid;
use zbus::blocking::{Connection, Proxy};
use zbus::names::BusName;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use crate::bus::wait_owned;
use crate::desktop::Desktop;
use crate::process::Proc;
use crate::wait::{LONG, wait_for};

/// The password of every desktop's keyring.
pub(crate) const PASSWORD: &str = "open sesame";

const SERVICE: &str = "org.freedesktop.secrets";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

impl Desktop {
    /// Starts the daemon with the keyring open, as after a login. One that crashes, as gnome-keyring 42 does now and
    /// then, is started again, as its service in a real session is (`Restart=on-failure`).
    pub(crate) fn start_keyring(&self) -> crate::Result<Proc> {
        let mut command = self.command("sh");
        // What a signal ended, the shell gives a number above 128.
        let script = r#"while "$@" < "$0"; code=$?; [ $code -gt 128 ]; do echo "ended by $code" >&2; done; exit $code"#;
        command.args(["-c", script]).arg(self.password_file()?);
        command.args(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]);
        let process = Proc::start(command, self.log_path("keyring"))?;
        wait_owned(&self.bus()?, SERVICE, LONG)?;
        wait_for("the login keyring to be open", LONG, || (self.keyring_locked().ok()? == Some(false)).then_some(()))
            .with_context(|| process.output_text())?;
        Ok(process)
    }

    /// Whether the login keyring is locked; `None` if there is none.
    pub fn keyring_locked(&self) -> crate::Result<Option<bool>> {
        let bus = self.bus()?;
        if !crate::bus::is_owned(&bus, SERVICE) {
            return Ok(None);
        }
        let interface = "org.freedesktop.Secret.Collection";
        let collection = Proxy::new(&bus, SERVICE, LOGIN, interface)?;
        Ok(collection.get_property::<bool>("Locked").ok())
    }

    /// The daemon's process.
    pub fn keyring_pid(&self) -> crate::Result<Pid> {
        let proxy = zbus::blocking::fdo::DBusProxy::new(&self.bus()?)?;
        let pid = proxy.get_connection_unix_process_id(BusName::try_from(SERVICE)?)?;
        Pid::from_raw(i32::try_from(pid)?).context("a process")
    }

    /// Locks the keyring, as a person does in their password manager.
    pub fn lock_keyring(&self) -> crate::Result<()> {
        let bus: Connection = self.bus()?;
        let service = Proxy::new(&bus, SERVICE, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service")?;
        let login = ObjectPath::try_from(LOGIN)?;
        let (locked, _): (Vec<OwnedObjectPath>, OwnedObjectPath) = service.call("Lock", &(vec![login],))?;
        anyhow::ensure!(locked.len() == 1, "the keyring did not lock");
        wait_for("the keyring to be locked", LONG, || (self.keyring_locked().ok()? == Some(true)).then_some(()))
    }

    /// Opens the keyring with its password, as a login does.
    pub fn unlock_keyring(&self) -> crate::Result<()> {
        let bus = self.bus()?;
        let root = "/org/freedesktop/secrets";
        let service = Proxy::new(&bus, SERVICE, root, "org.freedesktop.Secret.Service")?;
        let (_, session): (OwnedValue, OwnedObjectPath) = service.call("OpenSession", &("plain", Value::from("")))?;
        let master = (session, Vec::<u8>::new(), PASSWORD.as_bytes(), "text/plain");
        // What gnome-keyring's own login module and prompter call.
        let inner = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface";
        Proxy::new(&bus, SERVICE, root, inner)?
            .call::<_, _, ()>("UnlockWithMasterPassword", &(ObjectPath::try_from(LOGIN)?, master))?;
        wait_for("the keyring to be open", LONG, || (self.keyring_locked().ok()? == Some(false)).then_some(()))
    }

    /// Opens the keyring as a person does: waits for the question, and types the password into it.
    pub fn unlock_by_hand(&self) -> crate::Result<()> {
        let window = self.wait_window("the question for the keyring's password", |window| {
            window.class.to_lowercase().contains("prompter")
        })?;
        self.activate(&window)?;
        self.input().type_text(&format!("{PASSWORD}\n"))?;
        wait_for("the keyring to be open", LONG, || (self.keyring_locked().ok()? == Some(false)).then_some(()))
    }

    fn password_file(&self) -> crate::Result<PathBuf> {
        let path = self.path("password");
        std::fs::write(&path, PASSWORD)?;
        Ok(path)
    }
}
