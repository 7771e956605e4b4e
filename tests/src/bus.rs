//! Private message buses.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use zbus::blocking::{Connection, connection};
use zbus::names::BusName;

use crate::wait::wait_for;

/// Where a bus listens, and what it may start by itself.
#[derive(Debug)]
pub(crate) struct BusFiles {
    pub(crate) config: PathBuf,
    pub(crate) address: String,
}

impl BusFiles {
    /// Writes the configuration of a bus on `socket` that starts only the installed `services`: whatever else is
    /// installed on this machine must not come up by itself, least of all a keyring in a test without one.
    pub(crate) fn write(folder: &Path, socket: &Path, services: &[&str]) -> crate::Result<Self> {
        let start = folder.join("services");
        fs::create_dir_all(&start)?;
        for service in services {
            let installed = Path::new("/usr/share/dbus-1/services").join(service);
            fs::copy(&installed, start.join(service)).with_context(|| format!("copying {}", installed.display()))?;
        }
        let address = format!("unix:path={}", socket.display());
        let config = folder.join("bus.conf");
        fs::write(
            &config,
            format!(
                r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="reply_timeout">240000</limit>
</busconfig>
"#,
                start.display()
            ),
        )?;
        Ok(BusFiles { config, address })
    }
}

/// A connection to the bus at `address`.
pub(crate) fn connect(address: &str) -> crate::Result<Connection> {
    connection::Builder::address(address)?
        .method_timeout(Duration::from_secs(10))
        .build()
        .with_context(|| format!("connecting to the bus at {address}"))
}

/// Whether somebody owns `name`.
pub(crate) fn is_owned(bus: &Connection, name: &str) -> bool {
    let Ok(name) = BusName::try_from(name) else {
        return false;
    };
    zbus::blocking::fdo::DBusProxy::new(bus).and_then(|proxy| Ok(proxy.name_has_owner(name)?)).unwrap_or(false)
}

/// Waits until somebody owns `name`.
pub(crate) fn wait_owned(bus: &Connection, name: &str, deadline: Duration) -> crate::Result<()> {
    wait_for(&format!("{name} on the bus"), deadline, || is_owned(bus, name).then_some(()))
}
