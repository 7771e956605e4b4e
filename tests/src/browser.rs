//! A real browser, and the web as it sees it: every name leads to a server of the test's own.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::Result;
use crate::desktop::Desktop;
use crate::process::Proc;

/// Serves pages that are as their address says: `/any/path?title=T&colour=rrggbb`. Each asks the server where to go
/// next, but for one with `&text=N`, which has so many paragraphs and is still. One with `&push=/path&then=rrggbb` goes
/// to that other path and colour alone, without being loaded anew.
#[derive(Debug)]
pub struct Web {
    port: u16,
    next: Arc<Mutex<String>>,
}

/// Goes where [`Web::go`] says. Keys typed into the address field would be lost until it has the focus.
const FOLLOW: &str = "<script>setInterval(async () => { \
     const next = await (await fetch('/next')).text(); \
     if (next && next !== location.href) location.href = next; }, 200)</script>";

const PARAGRAPH: &str = "<p>The harbour was busy at first light. Nets were mended on the quay, and the ferry to the \
     islands left on time; the tide had turned in the night, and by noon the meadow behind the dyke lay under water, as \
     it does each spring, to the delight of the geese and of nobody else.</p>";

impl Web {
    /// Starts the server; it ends with the tests.
    pub fn start() -> Result<Web> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let next = Arc::<Mutex<String>>::default();
        let asked = Arc::clone(&next);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(std::result::Result::ok) {
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || drop(serve(stream, &asked)));
            }
        });
        Ok(Web { port, next })
    }

    /// The page that is open goes to another address, in the same tab.
    ///
    /// # Panics
    /// If a thread of the server has panicked.
    pub fn go(&self, address: &str) {
        address.clone_into(&mut self.next.lock().expect("the server's threads do not panic"));
    }
}

fn serve(mut stream: TcpStream, next: &Mutex<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines.by_ref() {
        if line?.is_empty() {
            break;
        }
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    // Asked as a proxy, it is told the whole address.
    let target = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    if target == "/next" {
        let next = next.lock().map(|next| next.clone()).unwrap_or_default();
        return answer(&mut stream, "text/plain", &next);
    }
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let value = |key: &str| query.split('&').find_map(|part| part.strip_prefix(key)?.strip_prefix('='));
    let title = value("title").unwrap_or("Page").replace('+', " ");
    let colour = value("colour").unwrap_or("ffffff");
    let script = match (value("push"), value("then")) {
        (Some(path), Some(then)) => format!(
            "<script>const asking = setInterval(async () => {{ \
             if (await (await fetch('/next')).text() !== '{path}') return; \
             clearInterval(asking); \
             history.pushState({{}}, '', '{path}'); \
             document.body.style.background = '#{then}' }}, 200)</script>"
        ),
        (Some(_) | None, Some(_) | None) => String::new(),
    };
    let (text, follow) = match value("text").and_then(|count| count.parse().ok()) {
        Some(count) => (PARAGRAPH.repeat(count), ""),
        None if script.is_empty() => (String::new(), FOLLOW),
        None => (String::new(), ""),
    };
    let body =
        format!("<title>{title}</title><body style='background:#{colour}'><p>{title}</p>{text}{script}{follow}</body>");
    answer(&mut stream, "text/html", &body)
}

fn answer(stream: &mut TcpStream, kind: &str, body: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

impl Desktop {
    /// Opens an address in Chromium; a second time, in the one that runs. Incognito if wanted.
    pub fn chromium(&self, web: &Web, address: &str, incognito: bool) -> Result<Proc> {
        let mut command = self.command("/usr/bin/chromium");
        command
            // The tests may run as root, whom Chromium's own sandbox refuses.
            .args(["--no-sandbox", "--no-first-run", "--no-default-browser-check", "--password-store=basic"])
            .args(["--disable-gpu", "--disable-background-networking", "--window-position=60,60"])
            .args(["--window-size=900,600"])
            .arg(format!("--user-data-dir={}", self.path("home/chromium").display()))
            .arg(format!("--host-resolver-rules=MAP * 127.0.0.1:{}", web.port))
            .args(incognito.then_some("--incognito"))
            .arg(address);
        self.spawn(command)
    }

    /// Opens an address in Firefox, in a private window if wanted.
    pub fn firefox(&self, web: &Web, address: &str, private: bool) -> Result<Proc> {
        let profile = self.path("home/firefox");
        std::fs::create_dir_all(&profile)?;
        let port = web.port;
        // Every name leads to the test's server, and nothing greets a new person.
        let settings = format!(
            r#"user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", {port});
user_pref("network.proxy.allow_hijacking_localhost", true);
user_pref("dom.security.https_first", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("termsofuse.bypassNotification", true);
"#
        );
        std::fs::write(profile.join("user.js"), settings)?;
        let mut command = self.command("/usr/bin/firefox-esr");
        command
            .args(["--no-remote", "--new-instance", "--profile"])
            .arg(&profile)
            .args(private.then_some("--private-window"))
            .arg(address);
        self.spawn(command)
    }
}
