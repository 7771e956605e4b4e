//! After forgetting, the key is replaced, so that earlier copies of the vault open nothing that was forgotten.

use crate::link::{Link, Order, View};
use crate::reader;
use policy::Recipient;
use protocol::Secret;
use protocol::private::ToAgent;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Several forgettings in a row are served by one replacement.
const SETTLES: Duration = Duration::from_secs(1);
/// After one that did not succeed, or to see whether the agent has taken the new key.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// What is forgotten with a passphrase is told of by the agent within this time.
const SOON: Duration = Duration::from_secs(5);
/// Of several questions with a passphrase one replaces the key.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Runs for good.
pub async fn follow(link: Arc<Link>) {
    let mut view = link.view();
    while view.wait_for(due).await.is_ok() {
        tokio::time::sleep(SETTLES).await;
        if !due(&view.borrow_and_update()) {
            continue;
        }
        replace(&link, None).await;
        let done = view.wait_for(|view| !due(view));
        let _ = tokio::time::timeout(TRY_AGAIN, done).await;
    }
}

/// The person gave their passphrase for something; what waited for it is done.
pub fn given(link: &Arc<Link>, passphrase: Secret) {
    let link = Arc::clone(link);
    tokio::spawn(async move {
        let _alone = ALONE.lock().await;
        let mut view = link.view();
        // What was forgotten just now is told of in a moment.
        if timeout(SOON, view.wait_for(waits)).await.is_ok() {
            replace(&link, Some(&passphrase)).await;
            let _ = timeout(TRY_AGAIN, view.wait_for(|view| !waits(view))).await;
        }
    });
}

async fn replace(link: &Link, passphrase: Option<&Secret>) {
    link.tell(ToAgent::Rotates);
    if let Err(failure) = reader::rotate(passphrase).await {
        tracing::warn!("the key was not replaced: {failure}");
    }
    link.order(Order::CheckRecipient);
}

/// Whether there is something to put out of reach that waits for the passphrase.
fn waits(view: &View) -> bool {
    match view {
        View::Running(snapshot) => {
            snapshot.rotation_due && snapshot.recipient == Recipient::Verified && snapshot.key.passphrase
        }
        View::Starting | View::Gone(_) => false,
    }
}

/// Whether there is something to put out of reach, and a key at hand to do it with. One under a passphrase is not: that
/// waits until the person gives it.
fn due(view: &View) -> bool {
    match view {
        View::Running(snapshot) => {
            snapshot.rotation_due && snapshot.recipient == Recipient::Verified && !snapshot.key.passphrase
        }
        View::Starting | View::Gone(_) => false,
    }
}
