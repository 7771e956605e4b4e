//! What waits for the writer thread. Bounded; forgetting reaches into it.

use crate::item::Item;
use crate::log::Entry;
use crate::vault::Ticket;
use policy::{Stream, Wall};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A request to the writer thread.
pub(crate) enum Command {
    Item(Item),
    Withheld {
        day: String,
        category: String,
        seconds: u64,
    },
    Sync(Ticket),
    Forget {
        range: (Wall, Wall),
        how: String,
        at: Wall,
        ticket: Ticket,
    },
    Erase {
        at: Wall,
        ticket: Ticket,
    },
    Retain {
        before: Wall,
        most: u64,
        at: Wall,
        ticket: Ticket,
    },
    Settle(Ticket),
    Log {
        at: Wall,
        entry: Entry,
        ticket: Ticket,
    },
    PutConsent {
        at: Wall,
        receipt: String,
        ticket: Ticket,
    },
    WithdrawConsent {
        at: Wall,
        ticket: Ticket,
    },
    Adopt {
        recipient: String,
        ticket: Ticket,
    },
    Close,
    #[cfg(test)]
    Exec(String),
}

/// Whether a time is in a range, both ends included.
pub(crate) fn within(at: Wall, range: (Wall, Wall)) -> bool {
    range.0 <= at && at <= range.1
}

#[derive(Default)]
struct Waiting {
    commands: VecDeque<Command>,
    bytes: usize,
}

/// A queue with one reader.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue { .. }")
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an item, unless more than `limit` bytes would wait with it. Of that, pictures leave an eighth to the rest.
    pub(crate) fn push_item(&self, item: Item, limit: usize) -> bool {
        let mut waiting = self.lock();
        let size = item.size();
        let room = if item.stream() == Stream::Screen { limit - limit / 8 } else { limit };
        if waiting.bytes + size > room {
            return false;
        }
        waiting.bytes += size;
        waiting.commands.push_back(Command::Item(item));
        self.changed.notify_one();
        true
    }

    /// Takes a command.
    pub(crate) fn push(&self, command: Command) {
        self.lock().commands.push_back(command);
        self.changed.notify_one();
    }

    /// Wipes the items in a range.
    pub(crate) fn purge(&self, range: (Wall, Wall)) {
        let mut waiting = self.lock();
        let mut freed = 0;
        waiting.commands.retain(|command| match command {
            Command::Item(item) if within(item.at().wall, range) => {
                freed += item.size();
                false
            }
            _ => true,
        });
        waiting.bytes -= freed;
    }

    /// The next command, or nothing at `deadline`.
    pub(crate) fn pop(&self, deadline: Option<Instant>) -> Option<Command> {
        let mut waiting = self.lock();
        loop {
            if let Some(command) = waiting.commands.pop_front() {
                if let Command::Item(item) = &command {
                    waiting.bytes -= item.size();
                }
                return Some(command);
            }
            waiting = match deadline {
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.checked_duration_since(Instant::now())?;
                    self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{frame, typed};

    #[test]
    fn a_queue_full_of_pictures_takes_what_was_typed() {
        let (queue, limit) = (Queue::default(), 8000);
        let taken = (0..100).filter(|n| queue.push_item(frame(*n, 4, 4, &[7; 64]), limit)).count();
        assert!((2..99).contains(&taken), "{taken}");
        assert!(queue.push_item(typed(100, "still"), limit));
        // Nor is there room without end for that.
        let typed = (0..1000).filter(|n| queue.push_item(typed(200 + n, "more"), limit)).count();
        assert!((1..999).contains(&typed), "{typed}");
        queue.purge((Wall(i64::MIN), Wall(i64::MAX)));
        assert!(queue.push_item(frame(300, 4, 4, &[7; 64]), limit));
    }
}
