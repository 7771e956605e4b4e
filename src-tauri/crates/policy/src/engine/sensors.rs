//! What each sensor has delivered, and whether it answers.

use super::{Policy, Reason};
use crate::hold::ANSWER_WITHIN;
use crate::{Boot, Hold, KeyLevel, Sensor};
use std::collections::VecDeque;

/// So many questions are kept apart. What is more is joined, which only makes the answer harder.
const MOST_QUESTIONS: usize = 64;

/// A question that is not answered yet.
#[derive(Clone, Copy, Debug)]
struct Question {
    asked: Boot,
    /// It is answered when everything before this instant is delivered.
    answered_by: Boot,
}

/// One sensor.
#[derive(Debug)]
pub(super) struct Line {
    up_to: Option<Boot>,
    questions: VecDeque<Question>,
    /// Silent until everything before this instant is delivered.
    silent: Option<Boot>,
}

impl Default for Line {
    fn default() -> Line {
        Line { up_to: None, questions: VecDeque::new(), silent: Some(Boot(0)) }
    }
}

impl Line {
    pub(super) fn asked(&mut self, at: Boot) {
        if self.questions.len() >= MOST_QUESTIONS
            && let Some(last) = self.questions.back_mut()
        {
            last.asked = last.asked.min(at);
            last.answered_by = last.answered_by.max(at);
        } else {
            let place = self.questions.partition_point(|question| question.asked <= at);
            self.questions.insert(place, Question { asked: at, answered_by: at });
        }
    }

    fn answered(&mut self, time: Boot) {
        self.up_to = self.up_to.max(Some(time));
        self.questions.retain(|question| question.answered_by > time);
        self.silent = self.silent.filter(|until| *until > time);
    }

    /// Whether everything that happened at or before this instant is known.
    pub(super) fn knows(&self, at: Boot) -> bool {
        self.up_to.is_some_and(|up_to| up_to > at)
    }

    fn deadline(&self) -> Option<Boot> {
        self.questions.iter().map(|question| question.asked.plus(ANSWER_WITHIN)).min()
    }

    /// Takes the questions whose deadline has passed; since when the sensor is silent on their account.
    fn overdue(&mut self, now: Boot) -> Option<Boot> {
        let late = |question: &Question| question.asked.plus(ANSWER_WITHIN) <= now;
        let since = self.questions.iter().filter(|q| late(q)).map(|q| q.asked).min()?;
        let until = self.questions.iter().filter(|q| late(q)).map(|q| q.answered_by).max();
        self.silent = self.silent.max(until);
        self.questions.retain(|question| !late(question));
        Some(since)
    }
}

/// All sensors.
#[derive(Debug, Default)]
pub(super) struct Sensors {
    display: Line,
    access: Line,
    sites: Line,
    tray: Line,
}

impl Sensors {
    pub(super) fn get(&self, sensor: Sensor) -> &Line {
        match sensor {
            Sensor::Display => &self.display,
            Sensor::Access => &self.access,
            Sensor::Sites => &self.sites,
            Sensor::Tray => &self.tray,
        }
    }

    pub(super) fn get_mut(&mut self, sensor: Sensor) -> &mut Line {
        match sensor {
            Sensor::Display => &mut self.display,
            Sensor::Access => &mut self.access,
            Sensor::Sites => &mut self.sites,
            Sensor::Tray => &mut self.tray,
        }
    }

    pub(super) fn deadline(&self) -> Option<Boot> {
        [&self.display, &self.access, &self.sites, &self.tray].into_iter().filter_map(Line::deadline).min()
    }
}

impl Policy {
    pub(super) fn up_to(&mut self, at: Boot, sensor: Sensor, time: Boot) {
        // Nobody has delivered the future.
        let time = time.min(self.now.boot);
        let line = self.sensors.get_mut(sensor);
        line.answered(time);
        if line.silent.is_none()
            && let Some(reason) = silence_of(sensor)
        {
            self.release(reason, at.max(time));
        }
    }

    pub(super) fn lost(&mut self, at: Boot, sensor: Sensor) {
        let line = self.sensors.get_mut(sensor);
        line.silent = line.silent.max(Some(at));
        // What it had not delivered when it was lost will not come.
        let from = line.up_to.map_or(at, |up_to| up_to.min(at));
        self.silenced(sensor, from);
    }

    pub(super) fn sensors_due(&mut self) {
        for sensor in [Sensor::Display, Sensor::Access, Sensor::Sites, Sensor::Tray] {
            if let Some(since) = self.sensors.get_mut(sensor).overdue(self.now.boot) {
                self.silenced(sensor, since);
            }
        }
    }

    /// Whether the accessibility bus must answer: while text is recorded.
    pub(super) fn needs_access(&self) -> bool {
        self.streams.keys == KeyLevel::Text
    }

    /// After a change of consent.
    pub(super) fn watch_access(&mut self, at: Boot) {
        let silent = self.needs_access() && self.sensors.get(Sensor::Access).silent.is_some();
        self.set_reason(Reason::AccessSilent, silent, at);
    }

    fn silenced(&mut self, sensor: Sensor, since: Boot) {
        let concerned = match sensor {
            Sensor::Display | Sensor::Tray => true,
            Sensor::Access => self.needs_access(),
            Sensor::Sites => false,
        };
        if concerned && let Some(reason) = silence_of(sensor) {
            self.hold(reason, since);
        }
    }
}

/// What stands while a sensor is silent. That of addresses keeps only those windows waiting that it is asked about.
fn silence_of(sensor: Sensor) -> Option<Reason> {
    match sensor {
        Sensor::Display => Some(Reason::Hold(Hold::SensorSilent)),
        Sensor::Access => Some(Reason::AccessSilent),
        Sensor::Sites => None,
        Sensor::Tray => Some(Reason::Hold(Hold::TraySilent)),
    }
}
