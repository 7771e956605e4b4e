//! What is wrong on the tray app's side; the agent shows it to every client.

use crate::link::Link;
use protocol::{Fault, FaultCode};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The faults that stand, by kind.
pub struct Faults {
    link: Arc<Link>,
    standing: Mutex<BTreeMap<FaultCode, Vec<Fault>>>,
}

impl Faults {
    /// None yet.
    pub fn new(link: Arc<Link>) -> Arc<Faults> {
        Arc::new(Faults { link, standing: Mutex::default() })
    }

    /// This is all that is wrong of this kind; an empty list: nothing is.
    pub fn set(&self, code: FaultCode, faults: Vec<Fault>) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = if faults.is_empty() {
            standing.remove(&code).is_some()
        } else {
            standing.get(&code) != Some(&faults) && {
                standing.insert(code, faults);
                true
            }
        };
        if changed {
            let all: Vec<Fault> = standing.values().flatten().cloned().collect();
            for fault in &all {
                tracing::warn!("{} {}", fault.message, fault.cure);
            }
            self.link.faults(all);
        }
    }

    /// One fault of this kind.
    pub fn raise(&self, code: FaultCode, message: impl Into<String>, cure: impl Into<String>) {
        self.set(code, vec![Fault { code, message: message.into(), cure: cure.into() }]);
    }

    /// No fault of this kind.
    pub fn clear(&self, code: FaultCode) {
        self.set(code, Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::private::ToAgent;
    use tokio::sync::mpsc;

    #[test]
    fn the_agent_is_told_the_whole_list_and_only_when_it_changes() {
        let (link, _orders) = Link::new();
        let (sender, mut told) = mpsc::unbounded_channel();
        let faults = Faults::new(Arc::clone(&link));
        faults.raise(FaultCode::TrayHost, "No panel.", "Add one.");
        link.opened(sender);
        faults.raise(FaultCode::TrayHost, "No panel.", "Add one.");
        faults.raise(FaultCode::Notifications, "No daemon.", "Start one.");
        faults.clear(FaultCode::TrayHost);
        faults.clear(FaultCode::TrayHost);
        let mut lists = Vec::new();
        while let Ok(message) = told.try_recv() {
            if let ToAgent::Faults(list) = message {
                lists.push(list.iter().map(|f| f.code).collect::<Vec<_>>());
            }
        }
        let (tray, notifications) = (FaultCode::TrayHost, FaultCode::Notifications);
        assert_eq!(lists, [vec![tray], vec![tray, notifications], vec![notifications]]);
    }
}
