//! Frames: only what is allowed, only what its owner painted.

use std::collections::HashSet;

use platform::{Display, OpenError, OpenOptions, StreamSwitches, WindowId};
use x11rb::connection::Connection as _;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, Rectangle};

use crate::client::{Client, MAKE, Make};
use crate::farm::{Farm, Plot};
use crate::server::Server;
use crate::watch::{ALL, Watch, count, dwell, until};

const GREEN: u32 = 0x11_aa33;
const PRIVATE: u32 = 0xcc_00cc;

const SCREEN: StreamSwitches = StreamSwitches { keys: false, pointer: false, ..ALL };

fn allow(ids: &[u32]) -> impl Fn(WindowId) -> bool + use<> {
    let ids: HashSet<u64> = ids.iter().map(|i| u64::from(*i)).collect();
    move |w| ids.contains(&w.0)
}

fn green(at: (i16, i16), size: (u16, u16)) -> Plot {
    Plot { make: Make { at, size, ..MAKE }, paint: Some(GREEN) }
}

fn private(at: (i16, i16), size: (u16, u16)) -> Plot {
    Plot { make: Make { at, size, colour: Some(PRIVATE), ..MAKE }, paint: Some(PRIVATE) }
}

#[test]
fn an_allowed_window_is_shown_and_a_denied_one_is_a_grey_box_in_its_place() {
    let server = Server::start();
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let editor = good.make(green((100, 100), (400, 300)));
    let chat = bad.make(private((300, 200), (400, 300)));
    let mut watch = Watch::open(&server, SCREEN);
    let client = Client::new(&server.display);
    client.activate(chat);
    let (x, y, ..) = client.rect(editor);
    watch.frame("the editor", &allow(&[editor]), |f| {
        assert_eq!(count(f, PRIVATE), 0);
        let shown = f.shown.iter().any(|s| s.id == WindowId(editor.into()));
        (shown && !f.greyed.is_empty() && count(f, GREEN) > 20_000).then_some(())
    });
    client.raise(editor);
    client.activate(editor);
    let frame = watch.frame("all of the editor", &allow(&[editor]), |f| {
        assert_eq!(count(f, PRIVATE), 0);
        (count(f, GREEN) >= 400 * 300).then_some((f.width, f.height, f.at, f.since))
    });
    assert_eq!((frame.0, frame.1), (1280, 800));
    assert!(frame.3 <= frame.2);
    assert!(x > 0 && y > 0);
    // Nothing changes: no frame.
    until("a compose without a frame", || {
        watch.drain();
        watch.display.compose(&allow(&[editor])).unwrap().is_none().then_some(())
    });
    // Released and taken up again.
    watch.display.release_screen();
    watch.frame("after a release", &allow(&[editor]), |f| {
        assert_eq!(count(f, PRIVATE), 0);
        (count(f, GREEN) >= 400 * 300).then_some(())
    });
    // Denied now: gone from the next frame.
    watch.frame("denied", &allow(&[]), |f| {
        assert_eq!(count(f, GREEN), 0);
        Some(())
    });
}

#[test]
fn a_window_that_never_paints_shows_none_of_its_neighbours_pixels() {
    let server = Server::start();
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let client = Client::new(&server.display);
    let chat = bad.make(private((100, 100), (600, 400)));
    let before = good.make(Plot { make: Make { at: (150, 150), size: (300, 200), ..MAKE }, paint: None });
    let mut watch = Watch::open(&server, SCREEN);
    let after = good.make(Plot { make: Make { at: (200, 200), size: (300, 200), ..MAKE }, paint: None });
    let popup = Make { at: (250, 250), size: (200, 100), unmanaged: true, transient: after, ..MAKE };
    good.make(Plot { make: popup, paint: None });
    let beside = good.make(green((900, 500), (200, 150)));
    let allowed = allow(&[before, after, beside]);
    let mut frames = 0;
    for n in 0..40 {
        client.raise(if n % 2 == 0 { before } else { after });
        client.place(chat, 100 + (n % 7) * 5, 100);
        client.resize(after, 300 + u32::try_from(n % 5).unwrap(), 200);
        dwell([5, 400][usize::from(n % 8 == 0)], || {
            if let Some(frame) = watch.display.compose(&allowed).unwrap() {
                frames += 1;
                assert_eq!(count(&frame, PRIVATE), 0, "after change {n}");
            }
            watch.drain();
        });
    }
    println!("{frames} frames");
    assert!(frames > 20);
    // The instrument sees a leak where there is one.
    watch.frame("allowed after all", &|_| true, |f| (count(f, PRIVATE) > 1000).then_some(()));
}

#[test]
fn a_stopped_process_leaks_nothing_and_is_not_blanked_and_shows_again_when_it_goes_on() {
    let server = Server::start();
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let client = Client::new(&server.display);
    let editor = good.make(green((100, 100), (400, 300)));
    let chat = bad.make(private((200, 150), (400, 300)));
    until("both managed", || (client.is_managed(editor) && client.is_managed(chat)).then_some(()));
    client.raise(chat);
    good.signal("STOP");
    let mut watch = Watch::open(&server, SCREEN);
    let mut other = Farm::new(&server.display);
    let beside = other.make(green((900, 600), (200, 100)));
    let allowed = allow(&[editor, beside]);
    let mut frames = 0;
    for n in 0..60 {
        client.place(chat, 200 + n * 8, 150 + n);
        dwell([5, 500][usize::from(n % 10 == 0)], || {
            if let Some(frame) = watch.display.compose(&allowed).unwrap() {
                frames += 1;
                assert_eq!(count(&frame, PRIVATE), 0);
            }
            watch.drain();
        });
    }
    assert!(frames > 20, "{frames}");
    // What the person sees of the stopped window is what it painted: it was never cleared.
    let (x, y, ..) = client.rect(editor);
    assert_eq!(client.pixel(x + 20, y + 20), GREEN);
    good.signal("CONT");
    watch.frame("its content again", &allowed, |f| {
        assert_eq!(count(f, PRIVATE), 0);
        (count(f, GREEN) > 50_000).then_some(())
    });
}

#[test]
fn through_the_hole_of_a_shaped_window_nothing_private_is_seen() {
    let server = Server::start();
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let client = Client::new(&server.display);
    bad.make(private((100, 100), (500, 400)));
    let make = Make { at: (150, 150), size: (300, 200), unmanaged: true, ..MAKE };
    let owner = good.make(green((700, 500), (200, 100)));
    let shaped = good.make(Plot { make: Make { transient: owner, ..make }, paint: Some(GREEN) });
    let ring = [Rectangle { x: 0, y: 0, width: 300, height: 50 }, Rectangle { x: 0, y: 150, width: 300, height: 50 }];
    client.shape(shaped, &ring);
    let mut watch = Watch::open(&server, SCREEN);
    watch.frame("the ring", &allow(&[owner]), |f| {
        assert_eq!(count(f, PRIVATE), 0);
        (count(f, GREEN) >= 300 * 100 + 200 * 100).then_some(())
    });
    // It grows into what it had cut away: that part is not its own until painted.
    client.shape(shaped, &[Rectangle { x: 0, y: 0, width: 300, height: 200 }]);
    for _ in 0..20 {
        if let Some(frame) = watch.display.compose(&allow(&[owner])).unwrap() {
            assert_eq!(count(&frame, PRIVATE), 0);
        }
        watch.drain();
    }
}

#[test]
fn menus_of_allowed_apps_are_shown_and_toasts_are_not() {
    const MENU: u32 = 0x22_33dd;
    let server = Server::start();
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let editor = good.make(green((100, 100), (300, 200)));
    let chat = bad.make(private((100, 500), (300, 200)));
    let mut watch = Watch::open(&server, SCREEN);
    let menu = |at, transient| Plot {
        make: Make { at, size: (100, 80), unmanaged: true, transient, ..MAKE },
        paint: Some(MENU),
    };
    good.make(menu((500, 100), editor));
    good.make(menu((650, 100), 0));
    // Of a chat that says it belongs to the editor.
    let liar = Make { at: (800, 100), size: (100, 80), unmanaged: true, transient: editor, ..MAKE };
    bad.make(Plot { make: liar, paint: Some(PRIVATE) });
    let shell = |y, purpose| Make { at: (900, y), size: (100, 80), unmanaged: true, purpose: Some(purpose), ..MAKE };
    bad.make(Plot { make: shell(300, "_NET_WM_WINDOW_TYPE_NOTIFICATION"), paint: Some(PRIVATE) });
    good.make(Plot { make: shell(400, "_NET_WM_WINDOW_TYPE_NOTIFICATION"), paint: Some(PRIVATE) });
    let allowed = allow(&[editor]);
    watch.frame("both menus", &allowed, |f| {
        assert_eq!(count(f, PRIVATE), 0);
        // The toast is a window of the editor's process, so the menu without an owner is denied.
        (count(f, MENU) == 100 * 80 && f.greyed.len() >= 4).then_some(())
    });
    let _ = chat;
    let mut other = Farm::new(&server.display);
    let viewer = other.make(green((500, 500), (200, 100)));
    other.make(menu((750, 600), 0));
    let allowed = allow(&[editor, viewer]);
    watch.frame("a menu without an owner", &allowed, |f| {
        assert_eq!(count(f, PRIVATE), 0);
        (count(f, MENU) == 2 * 100 * 80).then_some(())
    });
    let hidden = other.make(private((1000, 650), (100, 100)));
    let _ = hidden;
    watch.frame("not with a denied window beside", &allowed, |f| {
        assert_eq!(count(f, PRIVATE), 0);
        (count(f, MENU) == 100 * 80).then_some(())
    });
}

#[test]
fn what_the_desktop_shows_of_itself_is_not_shown_though_its_program_is_allowed() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let mut good = Farm::new(&server.display);
    let editor = good.make(green((100, 100), (300, 200)));
    // A panel has a list of the windows, a splash what comes next, a desktop the names of files.
    let part = |purpose, at| Make { at, size: (100, 60), colour: Some(PRIVATE), purpose: Some(purpose), ..MAKE };
    let parts = [
        part("_NET_WM_WINDOW_TYPE_DOCK", (600, 620)),
        part("_NET_WM_WINDOW_TYPE_SPLASH", (750, 620)),
        part("_NET_WM_WINDOW_TYPE_DESKTOP", (900, 620)),
    ];
    let mut allowed = vec![editor];
    for make in parts {
        let id = good.make(Plot { make, paint: Some(PRIVATE) });
        until("it is managed, and in sight", || {
            let (x, y, ..) = client.rect(id);
            (client.is_managed(id) && client.pixel(x + 50, y + 30) == PRIVATE).then_some(())
        });
        allowed.push(id);
    }
    let mut watch = Watch::open(&server, SCREEN);
    watch.frame("the editor", &allow(&allowed), |f| (count(f, GREEN) == 300 * 200).then_some(()));
    let mut frames = 0;
    dwell(800, || {
        watch.display.renew();
        if let Some(frame) = watch.display.compose(&allow(&allowed)).unwrap() {
            assert_eq!(count(&frame, PRIVATE), 0);
            frames += 1;
        }
        watch.drain();
    });
    assert!(frames > 3, "{frames}");
}

#[test]
fn a_panel_that_takes_in_an_allowed_programs_icon_stays_a_panel() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let editor = good.make(green((100, 100), (300, 200)));
    // No window manager frames it, and its list of windows is nobody else's.
    let dock = Some("_NET_WM_WINDOW_TYPE_DOCK");
    let make = Make { at: (100, 600), size: (400, 60), colour: Some(PRIVATE), unmanaged: true, purpose: dock, ..MAKE };
    let panel = bad.make(Plot { make, paint: Some(PRIVATE) });
    let mut watch = Watch::open(&server, SCREEN);
    let make = Make { at: (700, 600), size: (30, 30), unmanaged: true, ..MAKE };
    let icon = good.make(Plot { make, paint: Some(GREEN) });
    let allowed = allow(&[editor, icon]);
    watch.frame("the editor", &allowed, |f| (count(f, GREEN) >= 300 * 200).then_some(()));
    client.conn.reparent_window(icon, panel, 5, 5).unwrap();
    client.sync();
    assert_eq!(client.conn.query_tree(icon).unwrap().reply().unwrap().parent, panel);
    let mut frames = 0;
    dwell(800, || {
        if let Some(frame) = watch.display.compose(&allowed).unwrap() {
            assert_eq!(count(&frame, PRIVATE), 0);
            frames += 1;
        }
        watch.display.renew();
        watch.drain();
    });
    assert!(frames > 3, "{frames}");
}

#[test]
fn a_compositor_that_ends_paints_no_window() {
    let server = Server::start();
    let client = Client::new(&server.display);
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let editor = good.make(green((700, 100), (300, 200)));
    bad.make(private((100, 100), (400, 300)));
    until("the private window is in sight", || (client.pixel(300, 250) == PRIVATE).then_some(()));
    let mut watch = Watch::open(&server, SCREEN);
    // Nothing is recorded without it, and the server's damage there tells.
    watch.display.set_pill(platform::PillFace::default()).unwrap();
    for round in 0..3 {
        client.conn.composite_redirect_subwindows(client.root, Redirect::MANUAL).unwrap().check().unwrap();
        // What a compositor shows. A new surface is filled with that, and this one's owner never paints.
        client.fill(client.root, PRIVATE, Rectangle { x: 100, y: 100, width: 400, height: 300 });
        let make = Make { at: (120, 150), size: (200, 150), unmanaged: true, ..MAKE };
        let sheet = good.make(Plot { make, paint: None });
        let pixmap = client.conn.generate_id().unwrap();
        client.conn.composite_name_window_pixmap(sheet, pixmap).unwrap().check().unwrap();
        let image = client.conn.get_image(ImageFormat::Z_PIXMAP, pixmap, 50, 50, 1, 1, !0).unwrap().reply().unwrap();
        assert_eq!(image.data[..3], PRIVATE.to_le_bytes()[..3], "round {round}");
        let allowed = allow(&[editor, sheet]);
        watch.frame("the editor", &allowed, |f| {
            assert_eq!(count(f, PRIVATE), 0);
            (count(f, GREEN) == 300 * 200).then_some(())
        });
        client.conn.composite_unredirect_subwindows(client.root, Redirect::MANUAL).unwrap().check().unwrap();
        dwell(600, || {
            if let Some(frame) = watch.display.compose(&allowed).unwrap() {
                assert_eq!(count(&frame, PRIVATE), 0, "round {round}");
            }
            watch.display.renew();
            watch.drain();
        });
        client.conn.destroy_window(sheet).unwrap();
        client.sync();
    }
}

#[test]
fn random_changes_leak_nothing_and_afterwards_all_is_shown() {
    let server = Server::start();
    let (mut good, mut bad) = (Farm::new(&server.display), Farm::new(&server.display));
    let client = Client::new(&server.display);
    let mine: Vec<u32> = (0..4).map(|i| good.make(green((50 + i * 150, 60), (300, 250)))).collect();
    let theirs: Vec<u32> = (0..3).map(|i| bad.make(private((120 + i * 200, 160), (300, 250)))).collect();
    let never = good.make(Plot { make: Make { at: (300, 300), size: (250, 200), ..MAKE }, paint: None });
    let mut watch = Watch::open(&server, SCREEN);
    let allowed = allow(&[mine.clone(), vec![never]].concat());
    let all: Vec<u32> = mine.iter().chain(&theirs).copied().chain([never]).collect();
    let mut seed: u32 = std::env::var("EYELID_TEST_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(20_261_124);
    let mut random = move |n: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % n
    };
    let (mut frames, mut shown, mut bad_frames) = (0, 0, 0);
    let ops: u32 = std::env::var("EYELID_TEST_OPS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    for _ in 0..ops {
        let id = all[usize::try_from(random(8)).unwrap()];
        match random(5) {
            0 => client.place(id, i32::try_from(random(900)).unwrap(), i32::try_from(random(500)).unwrap()),
            1 => client.raise(id),
            2 => client.lower(id),
            3 => client.resize(id, 150 + random(300), 150 + random(250)),
            _ => client.remap(id),
        }
        // Bursts, and dwells.
        dwell([0, 0, 0, 20, 400][usize::try_from(random(5)).unwrap()], || {
            if let Some(frame) = watch.display.compose(&allowed).unwrap() {
                frames += 1;
                shown += u32::from(count(&frame, GREEN) > 0);
                bad_frames += u32::from(count(&frame, PRIVATE) > 0);
            }
            watch.drain();
        });
    }
    assert!(shown > ops / 20, "{shown} frames showed anything");
    println!("{frames} frames, {shown} with allowed and {bad_frames} with private pixels");
    assert_eq!(bad_frames, 0);
    for id in &theirs {
        client.lower(*id);
    }
    client.lower(never);
    for (i, id) in (0..).zip(&mine) {
        client.resize(*id, 300, 250);
        client.place(*id, 20 + 310 * i, 400);
        client.raise(*id);
    }
    watch.frame("everything", &allowed, |f| {
        assert_eq!(count(f, PRIVATE), 0);
        (count(f, GREEN) >= 4 * 300 * 250).then_some(())
    });
}

#[test]
fn xterm_and_its_kind_are_shown_though_they_leave_backgrounds_to_the_server() {
    let mut server = Server::start();
    let pid = server.run("xterm", &["-bg", "#102030", "-fg", "white", "-geometry", "40x10+200+200"]);
    let mut watch = Watch::open(&server, SCREEN);
    let term = watch.wait("xterm", |e| {
        e.iter().find_map(|e| match e {
            platform::Event::Window(_, f) if f.pid == Some(pid) => Some(f.id),
            _ => None,
        })
    });
    watch.frame("xterm's ground", &|w| w == term, |f| (count(f, 0x10_2030) > 5_000).then_some(()));
}

#[test]
fn a_change_in_a_window_at_rest_is_seen_and_a_busy_window_costs_one_event_a_frame() {
    const BLUE: u32 = 0x22_33dd;
    let server = Server::start();
    let mut good = Farm::new(&server.display);
    let client = Client::new(&server.display);
    let editor = good.make(green((100, 100), (400, 300)));
    let mut watch = Watch::open(&server, SCREEN);
    let allowed = allow(&[editor]);
    watch.frame("the editor", &allowed, |f| (count(f, GREEN) >= 400 * 300).then_some(()));
    // Until it is at rest.
    dwell(2500, || {
        let _ = watch.display.compose(&allowed).unwrap();
        watch.drain();
    });
    for round in 0..3u32 {
        watch.settle();
        watch.events.clear();
        for i in 0..300i16 {
            client.fill(editor, BLUE + round, Rectangle { x: i, y: i, width: 1, height: 1 });
            watch.drain();
        }
        watch.wait("a change", |e| e.iter().any(|e| matches!(e, platform::Event::ScreenChanged(_))).then_some(()));
        let changes = watch.events.iter().filter(|e| matches!(e, platform::Event::ScreenChanged(_))).count();
        assert!(changes <= 3, "{changes}");
        watch.frame("the change", &allowed, |f| (count(f, BLUE + round) == 300).then_some(()));
    }
}

#[test]
fn a_server_that_dies_is_lost_and_nothing_panics() {
    let mut server = Server::start();
    let mut watch = Watch::open(&server, ALL);
    watch.display.set_pill(platform::PillFace::default()).unwrap();
    server.kill();
    until("lost", || watch.display.drain(&mut |_| {}).is_err().then_some(()));
    assert!(watch.display.compose(&|_| true).is_err());
    assert!(watch.display.pill_visible().is_err());
    assert!(watch.display.probe().is_err());
    watch.display.raise_pill();
    watch.display.release_screen();
    let gone = Display::open(OpenOptions { display: Some(server.display.clone()), ..OpenOptions::default() });
    assert!(matches!(gone, Err(OpenError::NoServer { .. })));
}
