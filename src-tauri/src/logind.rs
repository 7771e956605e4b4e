//! logind on the system bus: lock, sleep, and whether the session is the one on the screen.

use crate::link::Link;
use crate::presence::Sign;
use futures_util::StreamExt;
use policy::Hold;
use protocol::private::PresenceReport;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use zbus::zvariant::{OwnedFd, OwnedObjectPath};
use zbus::{Connection, proxy};

/// How long a sleep is delayed for the agent to hold.
const HOLDS_WITHIN: Duration = Duration::from_millis(1000);
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
const TRY_AGAIN: Duration = Duration::from_secs(30);

#[proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
trait Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;
    fn get_session(&self, id: &str) -> zbus::Result<OwnedObjectPath>;
    #[zbus(name = "GetSessionByPID")]
    fn get_session_by_pid(&self, pid: u32) -> zbus::Result<OwnedObjectPath>;
    #[zbus(signal)]
    fn prepare_for_sleep(&self, start: bool) -> zbus::Result<()>;
}

#[proxy(interface = "org.freedesktop.login1.Session", default_service = "org.freedesktop.login1")]
trait Session {
    #[zbus(signal)]
    fn lock(&self) -> zbus::Result<()>;
    #[zbus(signal)]
    fn unlock(&self) -> zbus::Result<()>;
    #[zbus(property)]
    fn locked_hint(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn active(&self) -> zbus::Result<bool>;
}

type Signs = mpsc::UnboundedSender<Sign>;

/// Watches for as long as there is a logind; `asked` changes when it has to be asked anew.
pub async fn watch(signs: Signs, mut asked: watch::Receiver<()>, link: Arc<Link>) {
    loop {
        if let Err(error) = watch_bus(&signs, &mut asked, &link).await {
            tracing::debug!("logind is not watched: {error}");
        }
        let _ = signs.send(Sign::LockedHint(None));
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

async fn watch_bus(signs: &Signs, asked: &mut watch::Receiver<()>, link: &Link) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let manager = ManagerProxy::new(&bus).await?;
    let dbus = zbus::fdo::DBusProxy::new(&bus).await?;
    let mut owner = dbus.receive_name_owner_changed_with_args(&[(0, "org.freedesktop.login1")]).await?;
    let mut sleeps = manager.receive_prepare_for_sleep().await?;
    let mut delay = inhibit(&manager).await;
    let path = session_path(&manager).await;
    tracing::debug!("logind's session: {}", path.as_ref().map_or("none", |path| path.as_str()));
    // Without a session of ours, signals of none are read: the root path has no such interface.
    let on = path.clone().unwrap_or_default();
    let session =
        SessionProxy::builder(&bus).path(on)?.cache_properties(zbus::proxy::CacheProperties::No).build().await?;
    let (mut locks, mut unlocks) = (session.receive_lock().await?, session.receive_unlock().await?);
    let changes = zbus::fdo::PropertiesProxy::builder(&bus)
        .destination("org.freedesktop.login1")?
        .path(path.clone().unwrap_or_default())?
        .build()
        .await?;
    let mut changes = changes.receive_properties_changed().await?;
    if path.is_some() {
        ask(&session, signs).await;
    }
    loop {
        tokio::select! {
            sleep = sleeps.next() => {
                let Some(sleep) = sleep else { return Ok(()) };
                if sleep.args()?.start {
                    let _ = signs.send(Sign::FallsAsleep);
                    held(link).await;
                    // Closing it lets the machine sleep.
                    drop(delay.take());
                } else {
                    let _ = signs.send(Sign::Woke);
                    delay = inhibit(&manager).await;
                }
            }
            lock = locks.next() => match lock {
                Some(_) => drop(signs.send(Sign::LockAsked(true))),
                None => return Ok(()),
            },
            unlock = unlocks.next() => match unlock {
                Some(_) => drop(signs.send(Sign::LockAsked(false))),
                None => return Ok(()),
            },
            change = changes.next() => match change {
                Some(_) => ask(&session, signs).await,
                None => return Ok(()),
            },
            change = owner.next() => match change {
                // A new logind knows nothing of this watch.
                Some(_) | None => return Ok(()),
            },
            changed = asked.changed() => match changed {
                Ok(()) if path.is_some() => ask(&session, signs).await,
                Ok(()) => {}
                Err(_) => return Ok(()),
            },
        }
    }
}

/// A handle that delays sleep while it is open.
async fn inhibit(manager: &ManagerProxy<'_>) -> Option<OwnedFd> {
    let asked = manager.inhibit("sleep", "Eyelid", "Stops recording before sleep", "delay");
    tokio::time::timeout(ANSWERS_WITHIN, asked)
        .await
        .ok()?
        .inspect_err(|e| tracing::debug!("no delay of sleep: {e}"))
        .ok()
}

async fn session_path(manager: &ManagerProxy<'_>) -> Option<OwnedObjectPath> {
    let find = async {
        if let Ok(id) = std::env::var("XDG_SESSION_ID")
            && let Ok(path) = manager.get_session(&id).await
        {
            return Some(path);
        }
        if let Ok(path) = manager.get_session_by_pid(std::process::id()).await {
            return Some(path);
        }
        // Started by the user's service manager: the session on the person's display.
        let auto = SessionIdProxy::new(manager.inner().connection()).await.ok()?;
        manager.get_session(&auto.id().await.ok()?).await.ok()
    };
    tokio::time::timeout(ANSWERS_WITHIN, find).await.ok()?
}

#[proxy(
    interface = "org.freedesktop.login1.Session",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1/session/auto"
)]
trait SessionId {
    #[zbus(property)]
    fn id(&self) -> zbus::Result<String>;
}

async fn ask(session: &SessionProxy<'_>, signs: &Signs) {
    let hint = tokio::time::timeout(ANSWERS_WITHIN, session.locked_hint()).await;
    if let Ok(Ok(hint)) = hint {
        let _ = signs.send(Sign::LockedHint(Some(hint)));
    }
    let active = tokio::time::timeout(ANSWERS_WITHIN, session.active()).await;
    if let Ok(Ok(active)) = active {
        let _ = signs.send(Sign::SessionActive(active));
    }
}

/// Waits until the agent shows that it holds for the sleep, at most for a second.
async fn held(link: &Link) {
    link.presence(PresenceReport::Locked);
    let mut view = link.view();
    let holds = view.wait_for(|view| match view {
        crate::link::View::Starting | crate::link::View::Gone(_) => true,
        crate::link::View::Running(snapshot) => {
            snapshot.status.holds.iter().any(|info| info.hold == Hold::SessionLocked)
        }
    });
    let _ = tokio::time::timeout(HOLDS_WITHIN, holds).await;
}
