//! Screen savers that say on the session bus whether they cover the screen.

use crate::presence::Sign;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::BusName;
use zbus::{Connection, MatchRule, MessageStream};

/// One of them.
#[derive(Clone, Copy)]
pub struct Saver {
    name: &'static str,
    path: &'static str,
}

const fn saver(name: &'static str, path: &'static str) -> Saver {
    Saver { name, path }
}

/// Those in use on Linux desktops. The bus name is the interface's name, too.
pub const ALL: [Saver; 5] = [
    saver("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    saver("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    saver("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
    saver("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
    saver("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"),
];

const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// Watches one for as long as there is a session bus; `asked` changes when it has to be asked anew.
pub async fn watch(saver: Saver, signs: mpsc::UnboundedSender<Sign>, mut asked: watch::Receiver<()>) {
    loop {
        if let Err(error) = watch_bus(saver, &signs, &mut asked).await {
            tracing::debug!("{} is not watched: {error}", saver.name);
        }
        let _ = signs.send(Sign::Saver(saver.name, None));
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

async fn watch_bus(
    saver: Saver,
    signs: &mpsc::UnboundedSender<Sign>,
    asked: &mut watch::Receiver<()>,
) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let dbus = DBusProxy::new(&bus).await?;
    let mut owner = dbus.receive_name_owner_changed_with_args(&[(0, saver.name)]).await?;
    let changes = MatchRule::builder().msg_type(Type::Signal).interface(saver.name)?.member("ActiveChanged")?.build();
    let mut changes = MessageStream::for_match_rule(changes, &bus, None).await?;
    ask(saver, &bus, &dbus, signs).await;
    loop {
        tokio::select! {
            change = changes.next() => {
                let Some(change) = change else { return Ok(()) };
                if let Ok(active) = change?.body().deserialize::<bool>() {
                    let _ = signs.send(Sign::Saver(saver.name, Some(active)));
                }
            }
            change = owner.next() => {
                let Some(change) = change else { return Ok(()) };
                match change.args()?.new_owner.as_ref() {
                    Some(_) => ask(saver, &bus, &dbus, signs).await,
                    None => drop(signs.send(Sign::Saver(saver.name, None))),
                }
            }
            changed = asked.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                ask(saver, &bus, &dbus, signs).await;
            }
        }
    }
}

/// Asks one that runs; one that does not run is not started.
async fn ask(saver: Saver, bus: &Connection, dbus: &DBusProxy<'_>, signs: &mpsc::UnboundedSender<Sign>) {
    let answer = async {
        let name = BusName::try_from(saver.name)?;
        if !dbus.name_has_owner(name).await? {
            return Ok(());
        }
        // Some keep the name on the bus without the interface (KDE and GNOME of `org.freedesktop.ScreenSaver`).
        let reply = bus.call_method(Some(saver.name), saver.path, Some(saver.name), "GetActive", &()).await?;
        let active = reply.body().deserialize::<bool>()?;
        let _ = signs.send(Sign::Saver(saver.name, Some(active)));
        zbus::Result::Ok(())
    };
    match tokio::time::timeout(ANSWERS_WITHIN, answer).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!("{} does not tell: {error}", saver.name),
        Err(_) => tracing::debug!("{} does not answer", saver.name),
    }
}
