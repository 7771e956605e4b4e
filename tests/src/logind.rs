//! A login manager that does as it is told: lock, unlock, sleep.

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::{OwnedObjectPath, Value};

use crate::Result;
use crate::wait::{LONG, wait_for};

const SERVICE: &str = "org.freedesktop.login1";
const MANAGER: &str = "/org/freedesktop/login1";
const MANAGER_INTERFACE: &str = "org.freedesktop.login1.Manager";
const SESSION_INTERFACE: &str = "org.freedesktop.login1.Session";
const MOCK: &str = "org.freedesktop.DBus.Mock";

/// The name of the one session there is.
pub(crate) const SESSION: &str = "c1";

/// The mocked login manager of a desktop.
#[derive(Debug)]
pub struct Logind {
    bus: Connection,
    session: OwnedObjectPath,
}

impl Logind {
    pub(crate) fn set_up(address: &str) -> Result<Logind> {
        let bus = crate::bus::connect(address)?;
        crate::bus::wait_owned(&bus, SERVICE, 3 * LONG)?;
        let mock = Proxy::new(&bus, SERVICE, MANAGER, MOCK)?;
        // Answered only once the template has been loaded.
        let session: String = wait_for("the mocked login manager", 3 * LONG, || {
            let uid = rustix::process::getuid().as_raw();
            mock.call("AddSession", &(SESSION, "seat0", uid, "person", true)).ok()
        })?;
        let session = OwnedObjectPath::try_from(session)?;
        Ok(Logind { bus, session })
    }

    /// The object of the session.
    pub fn session_path(&self) -> &str {
        self.session.as_str()
    }

    /// Locks the session: the signal, then the hint, as a screen locker sets it.
    pub fn lock(&self) -> Result<()> {
        self.ask_to_lock(true)?;
        self.set_locked_hint(true)
    }

    /// Unlocks the session.
    pub fn unlock(&self) -> Result<()> {
        self.ask_to_lock(false)?;
        self.set_locked_hint(false)
    }

    /// Asks the session to lock (`true`) or to unlock; no screen locker does so.
    pub fn ask_to_lock(&self, lock: bool) -> Result<()> {
        let signal = if lock { "Lock" } else { "Unlock" };
        self.emit(self.session.as_str(), SESSION_INTERFACE, signal, "", &[])
    }

    /// Sets the LockedHint property, with its signal.
    pub fn set_locked_hint(&self, locked: bool) -> Result<()> {
        self.set("LockedHint", locked)
    }

    /// Puts the session on the screen, or another one in its place.
    pub fn set_active(&self, active: bool) -> Result<()> {
        self.set("Active", active)
    }

    fn set(&self, property: &str, value: bool) -> Result<()> {
        let properties = std::collections::HashMap::from([(property, Value::from(value))]);
        self.mock(self.session.as_str())?.call::<_, _, ()>("UpdateProperties", &(SESSION_INTERFACE, properties))?;
        Ok(())
    }

    /// Says that the computer is about to sleep (`true`) or has woken (`false`).
    pub fn prepare_for_sleep(&self, begins: bool) -> Result<()> {
        let arguments = [Value::from(begins)];
        self.emit(MANAGER, MANAGER_INTERFACE, "PrepareForSleep", "b", &arguments)
    }

    /// Says that the computer has woken, and falls silent with that: the signal is the last anybody hears of it until
    /// its process is let run on.
    pub fn wake_and_fall_silent(&self) -> Result<()> {
        const CODE: &str = "import os, signal\n\
            self.EmitSignal('org.freedesktop.login1.Manager', 'PrepareForSleep', 'b', [False])\n\
            [place[0].flush() for place in self.locations]\n\
            os.kill(os.getpid(), signal.SIGSTOP)\n";
        let mock = self.mock(MANAGER)?;
        mock.call::<_, _, ()>("AddMethod", &(MANAGER_INTERFACE, "WakeAndFallSilent", "", "", CODE))?;
        Proxy::new(&self.bus, SERVICE, MANAGER, MANAGER_INTERFACE)?.call_noreply("WakeAndFallSilent", &())?;
        Ok(())
    }

    /// The methods that were called at the login manager: name and number of arguments.
    pub fn calls(&self) -> Result<Vec<String>> {
        let calls: Vec<(u64, String, Vec<zbus::zvariant::OwnedValue>)> = self.mock(MANAGER)?.call("GetCalls", &())?;
        Ok(calls.into_iter().map(|(_, name, _)| name).collect())
    }

    fn emit(&self, path: &str, interface: &str, signal: &str, signature: &str, arguments: &[Value<'_>]) -> Result<()> {
        self.mock(path)?.call::<_, _, ()>("EmitSignal", &(interface, signal, signature, arguments))?;
        Ok(())
    }

    fn mock(&self, path: &str) -> Result<Proxy<'static>> {
        Ok(Proxy::new(&self.bus, SERVICE, path.to_owned(), MOCK)?)
    }
}
