//! The accessibility bus, with a real GTK application on a bus of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platform::access::{Access, AccessEvent};

use crate::server::Server;

const APP: &str = r#"
import gi, sys
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk, GLib
w = Gtk.Window(title="form")
box = Gtk.VBox()
plain, secret, late = Gtk.Entry(), Gtk.Entry(), Gtk.Entry()
secret.set_visibility(False)
box.add(plain); box.add(secret); box.add(late); w.add(box); w.show_all(); w.present()
show = lambda field, yes: lambda: field.set_visibility(yes)
into = lambda field: field.grab_focus
# A password is shown, left and come back to; and a field hides what is typed once it has the focus.
steps = [
    into(plain), into(secret), show(secret, True), into(plain), into(secret), into(plain),
    into(late), show(late, False), sys.exit,
]
def step():
    steps.pop(0)()
    return True
GLib.timeout_add(700, step)
Gtk.main()
"#;

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_password_field_is_told_and_so_is_who_answers() {
    let server = Server::start();
    let mut bus = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--print-address=1"])
        .env("DISPLAY", &server.display)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus is installed");
    let mut address = String::new();
    BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let _bus = Ended(bus);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "access::on_the_bus", "--ignored", "--nocapture"])
        .env("DBUS_SESSION_BUS_ADDRESS", address.trim())
        .env("ACCESS_TEST", "1")
        .env("DISPLAY", &server.display)
        .env("GDK_BACKEND", "x11")
        .env_remove("NO_AT_BRIDGE")
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "the part of the test that runs on a bus of its own"]
fn on_the_bus() {
    if std::env::var_os("ACCESS_TEST").is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), listen()).await }).expect("in time");
}

async fn listen() {
    let mut access = Access::connect().await.unwrap();
    let asked = platform::boot_now();
    access.ping();
    let up_to = loop {
        if let AccessEvent::UpTo(at) = access.next().await.unwrap() {
            break at;
        }
    };
    assert!(up_to >= asked && up_to <= platform::boot_now());

    let app = Command::new("/usr/bin/python3").args(["-c", APP]).stderr(Stdio::null()).spawn().unwrap();
    let pid = app.id();
    let app = Ended(app);
    let mut fields = Vec::new();
    let mut answered = false;
    loop {
        match access.next().await.unwrap() {
            AccessEvent::SecretField { in_secret, home, .. } => {
                assert!(home == Some(pid) || (!in_secret && home.is_none()), "{home:?}");
                access.ping();
                fields.push(in_secret);
            }
            AccessEvent::Answers { pid: p, yes } if p == pid => {
                assert_eq!(access.answers(pid), yes);
                if answered && !yes {
                    break;
                }
                answered = yes;
            }
            AccessEvent::Answers { .. } | AccessEvent::UpTo(_) | AccessEvent::Late => {}
        }
    }
    drop(app);
    // Into one and out of it, three times; the third time by the end of the program.
    fields.dedup();
    assert_eq!(fields, [true, false, true, false, true, false]);
}
