//! Everything that can happen, time included, as values.

use crate::cast::Who;
use policy::schedule::{Day, Recurring, TimeOfDay};
use policy::{Focus, KeyLevel, Presence, Recipient, Sensor, Stream, Streams, VaultState, WindowId, WindowKind};
use proptest::prelude::*;

pub const SECOND: u64 = 1000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Both clocks go on.
    Wait(u64),
    /// Both clocks go on while nothing runs, with or without word of it afterwards.
    Suspend(u64, bool),
    /// Somebody moves the wall clock.
    WallJump(i64),
    /// The machine is off for so long; what was saved is loaded.
    Restart(u64),
    /// What a sensor or a person says, about so many milliseconds ago.
    Say(Said, u64),
    /// Every sensor has delivered everything.
    Drain,
    /// Time passes in which nothing happens, and every sensor says so.
    Calm,
    /// The person is back, is reminded and lets it happen.
    Remind,
    /// Everything is as recording wants it; the person need not do anything for it.
    Settle,
    /// A datum was captured so many milliseconds ago.
    Datum(Stream, Vec<u64>, u64),
}

/// The inputs, with times and windows that are relative.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Consent(Option<Streams>),
    PauseMinutes(u32),
    PauseUntil(i64),
    PauseTomorrow,
    PauseOpen,
    Extend(u32),
    StayPaused,
    Resume,
    Schedule(usize),
    Zone(usize),
    Rules(bool),
    ConfigValid(bool),
    Window(u64, WindowKind, Who, bool),
    Gone(u64),
    Focus(Focus),
    SecretField(bool),
    KeyShown(bool),
    Pill(bool),
    Presence(Presence),
    Woke,
    Asked(Sensor),
    UpTo(Sensor),
    Lost(Sensor),
    Vault(VaultState),
    Recipient(Recipient),
    ReminderShown,
    ClockConfirmed,
    ShuttingDown,
}

pub fn all_streams(keys: KeyLevel) -> Streams {
    Streams { screen: true, keys, pointer: true, focus: true }
}

pub fn time(text: &str) -> TimeOfDay {
    TimeOfDay::try_from(text.to_owned()).expect("a time of day")
}

pub fn recurring(days: &[Day], from: &str, to: &str) -> Recurring {
    Recurring { days: days.to_vec(), from: time(from), to: time(to) }
}

/// The schedules that occur. None runs around the clock, so that each run of it has an end.
pub fn schedules() -> Vec<Vec<Recurring>> {
    use Day::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    vec![
        vec![],
        vec![recurring(&[Mon, Tue, Wed, Thu, Fri], "09:00", "12:00"), recurring(&[Mon, Tue, Wed], "12:00", "13:00")],
        vec![recurring(&[Mon, Wed, Fri, Sun], "22:00", "06:00")],
        vec![recurring(&[Mon, Tue, Thu], "10:00", "10:20"), recurring(&[Mon, Sat], "10:10", "11:00")],
    ]
}

/// The zones that occur: none known, and three.
pub const ZONES: [&str; 3] = ["UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0545>-5:45"];

fn duration() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..200u64,
        6 => 200..4000u64,
        3 => (5..90u64).prop_map(|s| s * SECOND),
        2 => (1..40u64).prop_map(|m| m * MINUTE),
        1 => (1..30u64).prop_map(|h| h * HOUR),
    ]
}

fn sensor() -> impl Strategy<Value = Sensor> {
    prop_oneof![Just(Sensor::Display), Just(Sensor::Access), Just(Sensor::Sites), Just(Sensor::Tray)]
}

fn stream() -> impl Strategy<Value = Stream> {
    proptest::sample::select(Stream::ALL.to_vec())
}

fn streams() -> impl Strategy<Value = Option<Streams>> {
    let level = prop_oneof![1 => Just(KeyLevel::None), 1 => Just(KeyLevel::Activity), 3 => Just(KeyLevel::Text)];
    prop_oneof![
        1 => Just(None),
        6 => level.clone().prop_map(|keys| Some(all_streams(keys))),
        2 => (any::<bool>(), level, any::<bool>(), any::<bool>())
            .prop_map(|(screen, keys, pointer, focus)| Some(Streams { screen, keys, pointer, focus })),
    ]
}

fn focus() -> impl Strategy<Value = Focus> {
    prop_oneof![
        8 => (0..4u64).prop_map(|id| Focus::Window(WindowId(id))),
        1 => Just(Focus::Nothing),
        1 => Just(Focus::Grabbed),
        1 => Just(Focus::Unknown),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    let person = prop_oneof![
        2 => streams().prop_map(Said::Consent),
        4 => prop_oneof![0..3u32, 1..90u32].prop_map(Said::PauseMinutes),
        2 => (-10..600i64).prop_map(|m| Said::PauseUntil(m * 60_000)),
        1 => Just(Said::PauseTomorrow),
        1 => Just(Said::PauseOpen),
        2 => (0..40u32).prop_map(Said::Extend),
        1 => Just(Said::StayPaused),
        6 => Just(Said::Resume),
        3 => (0..schedules().len()).prop_map(Said::Schedule),
        2 => (0..ZONES.len()).prop_map(Said::Zone),
        1 => any::<bool>().prop_map(Said::Rules),
        6 => Just(Said::ReminderShown),
        3 => Just(Said::ClockConfirmed),
    ];
    let who = proptest::sample::select(Who::ALL.to_vec());
    let kind = prop_oneof![6 => Just(WindowKind::Normal), 2 => proptest::sample::select(crate::cast::kinds().to_vec())];
    let presence = prop_oneof![4 => Just(Presence::Here), 1 => Just(Presence::Idle), 1 => Just(Presence::Locked)];
    let seen = prop_oneof![
        6 => (0..4u64, kind, who, any::<bool>()).prop_map(|(id, kind, who, text)| Said::Window(id, kind, who, text)),
        1 => (0..4u64).prop_map(Said::Gone),
        6 => focus().prop_map(Said::Focus),
        3 => any::<bool>().prop_map(Said::SecretField),
        2 => any::<bool>().prop_map(Said::Pill),
        5 => presence.prop_map(Said::Presence),
        1 => Just(Said::Woke),
        3 => sensor().prop_map(Said::Asked),
        6 => sensor().prop_map(Said::UpTo),
        1 => sensor().prop_map(Said::Lost),
    ];
    let rest = prop_oneof![
        3 => any::<bool>().prop_map(Said::ConfigValid),
        3 => any::<bool>().prop_map(Said::KeyShown),
        3 => prop_oneof![Just(VaultState::Ready), Just(VaultState::Unavailable)].prop_map(Said::Vault),
        3 => proptest::sample::select(vec![
            Recipient::None, Recipient::Unchecked, Recipient::Locked, Recipient::Verified, Recipient::Mismatch,
        ]).prop_map(Said::Recipient),
    ];
    prop_oneof![100 => person, 100 => seen, 20 => rest, 1 => Just(Said::ShuttingDown)]
}

fn op() -> impl Strategy<Value = Op> {
    let windows = prop_oneof![
        2 => Just(vec![]),
        3 => Just(vec![0]),
        3 => proptest::collection::vec(0..4u64, 1..3),
    ];
    prop_oneof![
        10 => duration().prop_map(Op::Wait),
        1 => (duration(), any::<bool>()).prop_map(|(ms, told)| Op::Suspend(ms, told)),
        2 => prop_oneof![-20..20i64, -400..400i64].prop_map(|m| Op::WallJump(m * 30_000)),
        1 => duration().prop_map(Op::Restart),
        20 => (said(), prop_oneof![3 => Just(0u64), 2 => 0..300u64]).prop_map(|(said, late)| Op::Say(said, late)),
        8 => Just(Op::Drain),
        5 => Just(Op::Settle),
        10 => Just(Op::Calm),
        3 => Just(Op::Remind),
        10 => (stream(), windows, prop_oneof![0..50u64, 0..4000u64])
            .prop_map(|(stream, windows, late)| Op::Datum(stream, windows, late)),
    ]
}

/// A history of so many things.
pub fn history(most: usize) -> impl Strategy<Value = Vec<Op>> {
    proptest::collection::vec(op(), 0..most)
}

/// A history of so many things at a desk: short times, many data, windows that change, hardly a pause.
pub fn desk(most: usize) -> impl Strategy<Value = Vec<Op>> {
    let who =
        prop_oneof![3 => Just(Who::Editor), 3 => Just(Who::Wiki), 2 => proptest::sample::select(Who::ALL.to_vec())];
    let kind = prop_oneof![5 => Just(WindowKind::Normal), 1 => proptest::sample::select(crate::cast::kinds().to_vec())];
    let seen = prop_oneof![
        6 => (0..3u64, kind, who).prop_map(|(id, kind, who)| Said::Window(id, kind, who, true)),
        1 => (0..3u64).prop_map(Said::Gone),
        5 => focus().prop_map(Said::Focus),
        3 => proptest::bool::weighted(0.3).prop_map(Said::SecretField),
        2 => proptest::bool::weighted(0.8).prop_map(Said::Pill),
        2 => sensor().prop_map(Said::Asked),
        4 => sensor().prop_map(Said::UpTo),
        1 => any::<bool>().prop_map(Said::Rules),
        1 => streams().prop_map(Said::Consent),
        1 => proptest::bool::weighted(0.3).prop_map(Said::KeyShown),
        1 => prop_oneof![Just(Said::PauseOpen), Just(Said::Resume)],
    ];
    let windows = prop_oneof![1 => Just(vec![]), 6 => proptest::collection::vec(0..3u64, 1..3)];
    let op = prop_oneof![
        8 => prop_oneof![0..150u64, 0..1200u64].prop_map(Op::Wait),
        8 => (seen, prop_oneof![2 => Just(0u64), 1 => 0..200u64]).prop_map(|(said, late)| Op::Say(said, late)),
        14 => (stream(), windows, prop_oneof![0..20u64, 0..2500u64])
            .prop_map(|(stream, windows, late)| Op::Datum(stream, windows, late)),
        4 => Just(Op::Drain),
        2 => Just(Op::Calm),
        3 => Just(Op::Settle),
    ];
    proptest::collection::vec(op, 0..most)
        .prop_map(|ops| std::iter::once(Op::Settle).chain(ops).chain([Op::Calm]).collect())
}
