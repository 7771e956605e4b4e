//! Notices when the keyring appears or is unlocked, so that the keys are compared again at once.

use crate::link::{Link, Order};
use futures_util::{FutureExt, StreamExt, stream};
use std::sync::Arc;
use std::time::Duration;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream};

/// A keyring says several things when it is unlocked; one comparison serves them all.
const SETTLES: Duration = Duration::from_millis(300);
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// Watches for as long as there is a session bus.
pub async fn watch(link: Arc<Link>) {
    loop {
        if let Err(error) = watch_bus(&link).await {
            tracing::debug!("the keyring is not watched: {error}");
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

async fn watch_bus(link: &Link) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let appears = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")?
        .interface("org.freedesktop.DBus")?
        .member("NameOwnerChanged")?
        .add_arg("org.freedesktop.secrets")?
        .build();
    let unlocked = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface("org.freedesktop.DBus.Properties")?
        .member("PropertiesChanged")?
        .add_arg("org.freedesktop.Secret.Collection")?
        .build();
    let appears = MessageStream::for_match_rule(appears, &bus, None).await?;
    let unlocked = MessageStream::for_match_rule(unlocked, &bus, None).await?;
    let mut signals = stream::select(appears, unlocked);
    while signals.next().await.is_some() {
        tokio::time::sleep(SETTLES).await;
        while let Some(Some(_)) = signals.next().now_or_never() {}
        link.order(Order::CheckRecipient);
    }
    Ok(())
}
