//! After forgetting, the key is replaced, so that earlier copies of the vault open nothing that was forgotten.

use crate::link::{Link, Order, View};
use crate::reader;
use policy::Recipient;
use protocol::private::ToAgent;
use std::sync::Arc;
use std::time::Duration;

/// Several forgettings in a row are served by one replacement.
const SETTLES: Duration = Duration::from_secs(1);
/// After one that did not succeed, or to see whether the agent has taken the new key.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// Runs for good.
pub async fn follow(link: Arc<Link>) {
    let mut view = link.view();
    while view.wait_for(due).await.is_ok() {
        tokio::time::sleep(SETTLES).await;
        if !due(&view.borrow_and_update()) {
            continue;
        }
        link.tell(ToAgent::Rotates);
        if let Err(failure) = reader::rotate().await {
            tracing::warn!("the key was not replaced: {failure}");
        }
        link.order(Order::CheckRecipient);
        let done = view.wait_for(|view| !due(view));
        let _ = tokio::time::timeout(TRY_AGAIN, done).await;
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
