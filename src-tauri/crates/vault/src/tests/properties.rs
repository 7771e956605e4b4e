//! Any order of recording, forgetting, rotating and restarting, against a list of what must and must not be there.

use super::*;
use crate::rotate;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    /// So many milliseconds pass, then something is typed.
    Type(i64),
    /// So many milliseconds pass, then a picture with this much of it new is taken.
    Picture(i64, u32),
    Sync,
    /// Forget from so long before now, for so long.
    Forget(i64, i64),
    Rotate,
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0_i64..20_000).prop_map(Op::Type),
        4 => (0_i64..20_000, 0_u32..4).prop_map(|(ms, seed)| Op::Picture(ms, seed)),
        4 => Just(Op::Sync),
        3 => (0_i64..120_000, 0_i64..90_000).prop_map(|(ago, long)| Op::Forget(ago, long)),
        1 => Just(Op::Rotate),
        1 => Just(Op::Restart),
    ]
}

fn apply(bench: &mut Bench, ops: &[Op]) -> (Vec<(Wall, Wall)>, Vec<i64>) {
    let mut now = 0;
    let (mut forgotten, mut since) = (Vec::new(), Vec::new());
    for op in ops {
        match op {
            Op::Type(ms) => {
                now += ms + 1;
                bench.append(typed(now, &format!("<{now}>"))).unwrap();
                since.push(now);
            }
            Op::Picture(ms, seed) => {
                now += ms + 1;
                bench.append(frame(now, 100, 70, &noise(100, 70, *seed))).unwrap();
            }
            Op::Sync => drop(bench.sync()),
            Op::Forget(ago, long) => {
                let range = range(now - ago, now - ago + long);
                bench.forget(range);
                // What comes later may lie in the range; it was not there yet.
                forgotten.push((range.0, range.1.min(Wall(T0 + now))));
                since.clear();
            }
            Op::Rotate => {
                let (old, new) = (Master::parse(&bench.secret).unwrap(), Master::generate());
                rotate(&bench.dir(), &old, &new, Wall(T0), Duration::from_secs(20)).unwrap();
                bench.secret = new.secret().to_string();
                let ticket = bench.ticket();
                bench.vault().adopt_recipient(new.public(), ticket);
                bench.wait(&Note::Done(ticket));
            }
            Op::Restart => {
                bench.vault = None;
                let (sender, notes) = channel();
                let vault = Vault::with_limits(&bench.dir(), at(now), limits(), move |note| drop(sender.send(note)));
                (bench.vault, bench.notes) = (Some(vault.unwrap()), notes);
            }
        }
    }
    bench.sync();
    (forgotten, since)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_was_forgotten_never_opens_and_what_came_after_always_does(ops in prop::collection::vec(op(), 1..30)) {
        let mut bench = Bench::new();
        let (forgotten, since) = apply(&mut bench, &ops);
        let verified = bench.verify();
        prop_assert!(verified.is_clean(), "{verified:?}");
        let all = bench.read();
        for opened in &all {
            let at = match opened {
                Opened::Frame(frame) => frame.at.wall,
                Opened::Key(key) => key.at.wall,
                Opened::Pointer(pointer) => pointer.at.wall,
                Opened::Focus(focus) => focus.at.wall,
                Opened::Damaged(damage) => return Err(TestCaseError::fail(format!("{damage:?}"))),
            };
            prop_assert!(!forgotten.iter().any(|range| crate::queue::within(at, *range)));
        }
        let text: String = all.iter().filter_map(text_of).collect();
        for ms in since {
            prop_assert!(text.contains(&format!("<{ms}>")), "{ms} is missing");
        }
    }
}
