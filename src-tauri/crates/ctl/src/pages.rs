//! The manual page and the shells' completions, made from the command line itself. What is committed in
//! `src-tauri/package` is always what is made here.

use crate::args::{Args, EXIT_CODES};
use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;
use protocol::ErrorCode;
use protocol::paths::Paths;
use roff::{Inline, Roff, bold, italic, roman};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const NAME: &str = "eyelidctl";

const EXAMPLES: [(&str, &str); 6] = [
    ("eyelidctl pause 15m", "Record nothing for a quarter of an hour."),
    ("eyelidctl pause --until 18:00", "Record nothing until six in the evening."),
    ("eyelidctl forget 10m", "Erase the last ten minutes."),
    (
        "eyelidctl forget --from 2026-11-24T09:00:00+01:00 --to 2026-11-24T09:30:00+01:00",
        "Erase half an hour of that morning.",
    ),
    (
        "eyelidctl consent grant --streams screen,keys:activity",
        "Agree to recording the screen, and of the keyboard no more than that keys are pressed.",
    ),
    ("eyelidctl status --json --watch", "Follow the state by a program: one JSON document whenever it changes."),
];

/// The whole command line, with what clap adds to it.
fn whole() -> Command {
    let mut command = Args::command();
    command.build();
    command
}

/// All commands that do something, each with the words that lead to it.
fn leaves(command: &Command) -> Vec<(String, &Command)> {
    let subcommands: Vec<&Command> = command.get_subcommands().filter(|c| c.get_name() != "help").collect();
    if subcommands.is_empty() {
        return vec![(String::new(), command)];
    }
    let mut found = Vec::new();
    for sub in subcommands {
        let name = sub.get_name();
        found.extend(leaves(sub).into_iter().map(|(rest, leaf)| (format!("{name} {rest}").trim().to_owned(), leaf)));
    }
    found
}

/// What belongs to this command alone.
fn own(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_global_set() && !["help", "version"].contains(&arg.get_id().as_str()))
}

fn value_of(arg: &Arg) -> Option<String> {
    arg.get_action().takes_values().then(|| {
        let names = arg.get_value_names().unwrap_or_default();
        names.first().map_or_else(|| arg.get_id().as_str().to_uppercase(), ToString::to_string)
    })
}

/// The argument as it is written, without brackets.
fn written(arg: &Arg) -> Vec<Inline> {
    let mut line = Vec::new();
    if let Some(short) = arg.get_short() {
        line.extend([bold(format!("-{short}")), roman(", ")]);
    }
    if let Some(long) = arg.get_long() {
        line.push(bold(format!("--{long}")));
    }
    if let Some(value) = value_of(arg) {
        if !line.is_empty() {
            line.push(roman(" "));
        }
        line.push(italic(value));
    }
    line
}

fn synopsis(path: &str, command: &Command) -> Vec<Inline> {
    let mut line = vec![bold(format!("{NAME} {path}"))];
    for arg in own(command) {
        let (open, close) = if arg.is_required_set() { (" ", "") } else { (" [", "]") };
        line.push(roman(open));
        line.extend(written(arg));
        line.push(roman(close));
    }
    line
}

/// A sentence, as the pages have it.
fn sentence(text: impl ToString) -> String {
    let text = text.to_string();
    if text.ends_with('.') { text } else { format!("{text}.") }
}

fn entry(page: &mut Roff, head: Vec<Inline>, text: &str) {
    page.control("TP", []).text(head).text([roman(text)]);
}

/// Where the person's files are, with nothing set but a home.
fn files() -> [(String, &'static str); 5] {
    let paths = Paths::from(|name| match name {
        "HOME" => Some(PathBuf::from("/~")),
        "XDG_RUNTIME_DIR" => Some(PathBuf::from("/$XDG_RUNTIME_DIR")),
        _ => None,
    });
    let paths = paths.expect("a home and a runtime directory");
    let shown = |path: &Path| path.display().to_string().split_off(1);
    [
        (shown(&paths.config_file()), "Settings."),
        (shown(&paths.rules_file()), "Rules of your own."),
        (shown(&paths.vault), "What was recorded, sealed."),
        (shown(&paths.state), "What outlives a restart, such as a pause."),
        (shown(&paths.socket), "Where the running Eyelid answers."),
    ]
}

fn manual() -> String {
    let command = whole();
    let mut page = Roff::new();
    let version = format!("Eyelid {}", env!("CARGO_PKG_VERSION"));
    page.control("TH", ["EYELIDCTL", "1", "", version.as_str(), "Eyelid"]);
    page.control("SH", ["NAME"]).text([roman("eyelidctl - control Eyelid's recording of this computer")]);
    page.control("SH", ["SYNOPSIS"]);
    page.text([bold(NAME), roman(" [OPTIONS] "), italic("COMMAND")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([
        roman("The controls of "),
        bold("eyelid"),
        roman(
            "(1) from a terminal: what the tray icon and the window can do, this can, too. Whatever allows more than \
             before is shown by a notification and stands in the log. ",
        ),
        bold("export"),
        roman(", "),
        bold("log"),
        roman(" and "),
        bold("verify"),
        roman(" work while Eyelid does not run."),
    ]);
    page.control("SH", ["COMMANDS"]);
    for (path, leaf) in leaves(&command) {
        entry(&mut page, synopsis(&path, leaf), &sentence(leaf.get_about().expect("each command says what it does")));
        if own(leaf).next().is_some() {
            page.control("RS", []);
            for arg in own(leaf) {
                entry(&mut page, written(arg), &sentence(arg.get_help().expect("each argument says what it is")));
            }
            page.control("RE", []);
        }
    }
    let head = vec![bold(format!("{NAME} help")), roman(" ["), italic("COMMAND"), roman("]")];
    entry(&mut page, head, "The same in short, on the terminal.");
    page.control("SH", ["OPTIONS"]);
    for arg in command.get_arguments() {
        entry(&mut page, written(arg), &sentence(arg.get_help().expect("each argument says what it is")));
    }
    page.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        entry(&mut page, vec![bold(code.to_string())], &sentence(meaning));
    }
    page.text([
        roman("With "),
        bold("--json"),
        roman(" a refusal is printed as an object with its code, message and cure."),
    ]);
    page.control("SH", ["FILES"]);
    page.text([roman("Unless the variables of the XDG Base Directory Specification name other places:")]);
    for (path, what) in files() {
        entry(&mut page, vec![italic(path)], what);
    }
    page.control("SH", ["EXAMPLES"]);
    for (line, what) in EXAMPLES {
        entry(&mut page, vec![bold(line)], what);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("eyelid"), roman("(1)")]);
    page.to_roff()
}

fn completion(shell: Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), NAME, &mut text);
    String::from_utf8(text).expect("text")
}

fn made() -> [(&'static str, String); 4] {
    [
        ("eyelidctl.1", manual()),
        ("eyelidctl.bash", completion(Shell::Bash)),
        ("_eyelidctl", completion(Shell::Zsh)),
        ("eyelidctl.fish", completion(Shell::Fish)),
    ]
}

/// `EYELID_WRITE_PAGES=1` writes them anew.
#[test]
fn the_committed_page_and_completions_are_what_the_command_line_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../package");
    for (name, text) in made() {
        let file = folder.join(name);
        if std::env::var_os("EYELID_WRITE_PAGES").is_some() {
            std::fs::write(&file, &text).expect("written");
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == text, "{name} is stale; run EYELID_WRITE_PAGES=1 cargo test -p eyelid-ctl pages");
    }
}

/// Every word that the parser takes: commands, subcommands, long options.
fn words(command: &Command) -> BTreeSet<String> {
    let options = command.get_arguments().filter_map(|arg| Some(format!("--{}", arg.get_long()?)));
    let below = command.get_subcommands().flat_map(|c| words(c).into_iter().chain([c.get_name().to_owned()]));
    options.chain(below).collect()
}

#[test]
fn no_command_and_no_option_is_missing_in_the_page_or_in_a_completion() {
    let words = words(&whole());
    for word in ["pause", "grant", "confirm-clock", "--until", "--streams", "--json", "--version", "help"] {
        assert!(words.contains(word), "the parser knows no {word}");
    }
    for (name, text) in made() {
        // A page writes hyphens so that they can be copied; fish names options without theirs.
        let text = text.replace("\\-", "-");
        for word in &words {
            let there = match word.strip_prefix("--") {
                Some(option) if name == "eyelidctl.fish" => text.contains(&format!("-l {option}")),
                Some(_) | None => text.contains(word.as_str()),
            };
            assert!(there, "{name} has no {word}");
        }
    }
}

#[test]
fn every_exit_code_is_documented_and_every_documented_one_is_used() {
    const ALL: [ErrorCode; 13] = [
        ErrorCode::BadMessage,
        ErrorCode::TooLarge,
        ErrorCode::VersionMismatch,
        ErrorCode::InvalidInput,
        ErrorCode::NotConsented,
        ErrorCode::NoKey,
        ErrorCode::Keyring,
        ErrorCode::Passphrase,
        ErrorCode::ConfigInvalid,
        ErrorCode::VaultUnavailable,
        ErrorCode::NotRunning,
        ErrorCode::ConsentRefused,
        ErrorCode::Internal,
    ];
    let used: BTreeSet<u8> = ALL.into_iter().map(crate::exit_code).chain([0]).collect();
    let documented: BTreeSet<u8> = EXIT_CODES.into_iter().map(|(code, _)| code).collect();
    assert_eq!(used, documented);
    let (page, help) = (manual(), whole().render_long_help().to_string());
    for (code, meaning) in EXIT_CODES {
        assert!(page.contains(&format!("\\fB{code}\\fR\n{meaning}.")), "{code} in the page");
        assert!(help.contains(&format!("{code} {meaning}")), "{code} in the help");
    }
}
