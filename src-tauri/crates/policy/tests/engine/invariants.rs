//! What holds in every history.

use crate::ops::{self, Op, Said, history};
use crate::world::{Pace, World};
use policy::{Hold, Stream, Withheld};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4000, ..ProptestConfig::default() }
}

/// Histories in which recording is the rule rather than the exception.
fn mostly_recording() -> impl Strategy<Value = Vec<Op>> {
    history(60).prop_map(|ops| std::iter::once(Op::Settle).chain(ops).collect())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_recorded_that_a_hold_or_its_margin_touches(ops in mostly_recording()) {
        World::new(Pace::OnTime).run(&ops);
    }

    #[test]
    fn nothing_is_recorded_at_a_busy_desk_that_a_hold_or_a_window_forbids(ops in ops::desk(80)) {
        World::new(Pace::OnTime).run(&ops);
    }

    #[test]
    fn a_loop_that_comes_late_records_nothing_that_a_hold_touches(ops in mostly_recording(), hold_back in 1500..6000u64) {
        World::with(Pace::Late, hold_back).run(&ops);
    }

    #[test]
    fn nothing_is_recorded_from_a_start_that_nobody_settled(ops in history(80)) {
        World::new(Pace::OnTime).run(&ops);
    }

    #[test]
    fn the_next_timeout_is_the_earliest_change_and_an_early_call_changes_nothing(ops in mostly_recording()) {
        let mut on_time = World::new(Pace::OnTime);
        let mut eager = World::new(Pace::Eager);
        for op in &ops {
            on_time.apply(op);
            eager.apply(op);
            assert_eq!(on_time.held(), eager.held());
            assert_eq!(on_time.policy.ending(), eager.policy.ending());
            assert_eq!(on_time.policy.poll_timeout(), eager.policy.poll_timeout());
            assert_eq!(on_time.recorded, eager.recorded);
        }
    }

    #[test]
    fn a_restart_never_permits_what_would_have_been_held_without_it(
        before in mostly_recording(), off in 0..40 * ops::HOUR, after in history(40),
    ) {
        let stays = |ops: &[Op]| {
            let mut world = World::new(Pace::OnTime);
            world.run(ops);
            world
        };
        let (mut running, mut restarted) = (stays(&before), stays(&before));
        // Nothing runs while the machine is off: the same in a suspend.
        running.apply(&Op::Suspend(off, true));
        restarted.apply(&Op::Restart(off));
        let own = |hold: &Hold| matches!(hold, Hold::UserPause | Hold::OptOut);
        for op in &after {
            // What the person releases afterwards is their word, not the restart's.
            if matches!(op, Op::Say(Said::Resume, _)) {
                break;
            }
            running.apply(op);
            restarted.apply(op);
            let (running, restarted) = (running.held(), restarted.held());
            assert!(!running.iter().any(own) || restarted.iter().any(own), "{op:?}: {running:?} {restarted:?}");
            assert!(!running.contains(&Hold::ClockUncertain) || restarted.contains(&Hold::ClockUncertain), "{op:?}");
        }
    }
}

#[test]
fn the_histories_do_record_and_do_hold() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut cleared, mut resumed, mut holds, mut window) = (0, 0, std::collections::BTreeSet::new(), 0);
    let (mut expired, mut ran) = (0, 0);
    for _ in 0..300 {
        let ops = mostly_recording().new_tree(&mut runner).expect("a history").current();
        let mut world = World::new(Pace::OnTime);
        for op in &ops {
            let before = world.held();
            world.apply(op);
            let ended = |hold| before.contains(&hold) && !world.held().contains(&hold);
            if !matches!(op, Op::Say(..)) && (ended(Hold::UserPause) || ended(Hold::OptOut)) {
                expired += 1;
            }
            ran += usize::from(world.held().contains(&Hold::OptOut));
        }
        cleared += world.cleared;
        resumed += world.resumed;
        for why in &world.dropped {
            match why {
                Withheld::Hold(hold) => {
                    holds.insert(*hold);
                }
                Withheld::Window => window += 1,
                Withheld::Stream => {}
            }
        }
    }
    println!(
        "cleared {cleared}, resumed {resumed}, expired {expired}, opt-out {ran}, window {window}, holds {holds:?}"
    );
    assert!(cleared > 50 && resumed > 100 && window > 20 && expired > 2 && ran > 100);
    assert!(holds.len() >= 14, "{holds:?}");
}

#[test]
fn at_a_busy_desk_much_is_recorded() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut cleared, mut shown, mut window) = (0, 0, 0);
    for _ in 0..100 {
        let mut world = World::new(Pace::OnTime);
        world.run(&ops::desk(80).new_tree(&mut runner).expect("a history").current());
        cleared += world.cleared;
        shown += world.recorded.iter().filter(|recorded| !recorded.windows.is_empty()).count();
        window += world.dropped.iter().filter(|why| **why == Withheld::Window).count();
    }
    println!("cleared {cleared}, with windows {shown}; dropped for a window {window}");
    assert!(cleared > 120 && shown > 70 && window > 200);
}

#[test]
fn every_stream_is_recorded_when_nothing_holds() {
    let mut world = World::recording();
    world.apply(&Op::Wait(200));
    for stream in Stream::ALL {
        world.apply(&Op::Datum(stream, vec![0], 0));
    }
    world.apply(&Op::Wait(3000));
    world.apply(&Op::Drain);
    assert_eq!(world.recorded.len(), 4);
    assert!(world.pending.is_empty());
}
