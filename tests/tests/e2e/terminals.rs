//! Terminals: no text until allowed, and none while a line is read that is not shown.

use eyelid_tests::scene::{ALL, bring, everything, now_ms, recorded, text_in, wait_stored};
use eyelid_tests::{Desktop, LONG, Proc, Result, wait_for};
use rustix::termios::LocalModes;

fn xterm(desktop: &Desktop) -> Result<Proc> {
    let mut command = desktop.command("/usr/bin/xterm");
    command.args(["-T", "Shell", "-geometry", "80x20+200+200", "-e", "bash", "--norc", "--noprofile"]);
    let process = desktop.spawn(command)?;
    desktop.window_by_title("Shell")?;
    Ok(process)
}

fn settings(desktop: &Desktop, text: &str) -> Result<()> {
    let folder = desktop.path("config").join("eyelid");
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::write(folder.join("config.toml"), text)?)
}

/// Whether the shell has done something, by the file that it makes.
fn wait_made(desktop: &Desktop, file: &str) -> Result<()> {
    let path = desktop.home().join(file);
    wait_for("the shell", LONG, || path.exists().then_some(()))
}

#[test]
fn a_terminal_that_was_not_allowed_gives_no_text() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    let _shell = xterm(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Shell")?;
    desktop.input().set_gap_ms(40);
    let begun = now_ms();
    desktop.input().type_text("echo before >a\n")?;
    wait_made(&desktop, "a")?;
    wait_stored(&eyelid, "keys", begun)?;
    assert_eq!(text_in(&everything(&eyelid)?, "Shell"), "");
    Ok(())
}

#[test]
fn an_allowed_terminal_gives_no_text_while_a_line_is_read_unshown() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    settings(&desktop, "text_apps = [\"xterm\"]\n")?;
    let _shell = xterm(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Shell")?;
    let input = desktop.input();
    input.set_gap_ms(80);
    // What the recorder has not looked at before the line ends or the terminal falls silent, it drops.
    let line = |end: &str, times: usize| {
        wait_for("the line", 3 * LONG, || {
            let text = text_in(&everything(&eyelid).ok()?, "Shell");
            (text.ends_with(end) && text.matches(end).count() == times).then_some(())
        })
    };
    input.type_text("touch before")?;
    line("touch before", 1)?;
    input.type_text("\n")?;
    wait_made(&desktop, "before")?;
    // Typed by a person, and typed at once by a program.
    for (round, (secret, gap)) in [("kwyjibo", 80), ("zzyzxqx", 1)].into_iter().enumerate() {
        input.set_gap_ms(80);
        input.type_text("read -s x; touch $x")?;
        line("touch $x", round + 1)?;
        input.type_text("\n")?;
        wait_modes(&desktop, |modes| !modes.contains(LocalModes::ECHO) && modes.contains(LocalModes::ICANON))?;
        input.set_gap_ms(gap);
        let (begun, rest) = secret.split_at(4);
        input.type_text(&format!("{begun}x"))?;
        input.key("BackSpace")?;
        input.type_text(&format!("{rest}\n"))?;
        wait_made(&desktop, secret)?;
    }
    input.set_gap_ms(80);
    input.type_text("touch after")?;
    line("touch after", 1)?;
    input.type_text("\n")?;
    wait_made(&desktop, "after")?;
    let export = everything(&eyelid)?;
    let text = text_in(&export, "Shell").replace('\n', "");
    assert_eq!(text, "touch beforeread -s x; touch $xread -s x; touch $xtouch after");
    // Nor how it was mended.
    assert!(export.events_of("shortcut").is_empty(), "{:?}", export.events);
    Ok(())
}

#[test]
fn an_allowed_terminal_gives_no_text_to_a_program_that_takes_every_key_itself() -> Result<()> {
    let desktop = Desktop::builder().full().start()?;
    settings(&desktop, "text_apps = [\"xterm\"]\n")?;
    let _shell = xterm(&desktop)?;
    let eyelid = recorded(&desktop, ALL)?;
    bring(&desktop, &eyelid, "Shell")?;
    let input = desktop.input();
    input.set_gap_ms(80);
    // As one does that passes them on to another machine, whatever it is called; what asks there is not seen from here.
    input.type_text("stty raw -isig -echo; dd bs=1 count=7 of=got; stty sane; touch ended\n")?;
    wait_modes(&desktop, |modes| !modes.intersects(LocalModes::ICANON | LocalModes::ISIG))?;
    input.type_text("kwyjibo")?;
    wait_made(&desktop, "ended")?;
    assert_eq!(std::fs::read_to_string(desktop.home().join("got"))?, "kwyjibo");
    wait_for("the line after", 3 * LONG, || {
        input.type_text("z").ok()?;
        text_in(&everything(&eyelid).ok()?, "Shell").ends_with('z').then_some(())
    })?;
    let export = everything(&eyelid)?;
    let text = text_in(&export, "Shell");
    // The command has neither.
    assert!(!text.contains(['k', 'j']), "{text}");
    assert!(!export.events_of("key").is_empty(), "they are counted");
    Ok(())
}

/// Waits until the shell's terminal is in such a mode.
fn wait_modes(desktop: &Desktop, fits: impl Fn(LocalModes) -> bool) -> Result<()> {
    wait_for("the shell to ask", LONG, || {
        desktop.processes().into_iter().find(|pid| {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            name.trim() == "bash"
                && std::fs::File::open(format!("/proc/{pid}/fd/0"))
                    .ok()
                    .and_then(|tty| rustix::termios::tcgetattr(tty).ok())
                    .is_some_and(|modes| fits(modes.local_modes))
        })
    })
    .map(drop)
}
