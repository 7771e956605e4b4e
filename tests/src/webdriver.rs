//! The app's window, driven from outside through WebKitWebDriver.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use serde_json::{Value, json};

use crate::Result;
use crate::desktop::Desktop;
use crate::process::Proc;
use crate::wait::{LONG, wait_for};

/// The key under which the protocol hides an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session with a program's webview. The driver starts the program, and ends it when dropped.
#[derive(Debug)]
pub struct WebDriver {
    agent: ureq::Agent,
    base: String,
    session: String,
    /// The driver. The program is its child.
    pub process: Proc,
}

/// Something on the page.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    driver: &'a WebDriver,
    id: String,
}

impl WebDriver {
    /// Starts `program` with `arguments`, as the driver does.
    pub fn start(desktop: &Desktop, program: &Path, arguments: &[&str]) -> Result<WebDriver> {
        WebDriver::start_with(desktop, program, arguments, &[])
    }

    /// As [`WebDriver::start`], with more variables in the program's environment.
    pub fn start_with(
        desktop: &Desktop,
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, String)],
    ) -> Result<WebDriver> {
        // Free at this moment; the driver cannot choose one itself and say which.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = desktop.command("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(environment.iter().map(|(key, value)| (key, value)));
        let process = desktop.spawn(command)?;
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false)
            .build()
            .into();
        let mut driver = WebDriver { agent, base: format!("http://127.0.0.1:{port}"), session: String::new(), process };
        wait_for("the driver", LONG, || driver.send("GET", "/status", None).ok())?;
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "webkitgtk:browserOptions": {"binary": program, "args": arguments}
        }}});
        let answer = driver.send("POST", "/session", Some(&wanted)).with_context(|| driver.process.output_text())?;
        driver.session = answer["sessionId"].as_str().context("a session")?.to_owned();
        Ok(driver)
    }

    /// Goes to an address.
    pub fn open(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({"url": url})).map(drop)
    }

    /// The page's address.
    pub fn url(&self) -> Result<String> {
        self.string("/url")
    }

    /// The page's title.
    pub fn title(&self) -> Result<String> {
        self.string("/title")
    }

    /// The page's source, as it is now.
    pub fn source(&self) -> Result<String> {
        self.string("/source")
    }

    /// The element the selector names, if there is one now.
    pub fn find(&self, css: &str) -> Result<Option<Element<'_>>> {
        Ok(self.find_all(css)?.into_iter().next())
    }

    /// All elements the selector names.
    pub fn find_all(&self, css: &str) -> Result<Vec<Element<'_>>> {
        let found = self.post("/elements", &json!({"using": "css selector", "value": css}))?;
        let found = found.as_array().context("a list of elements")?;
        let elements = found.iter().map(|element| {
            let id = element[ELEMENT].as_str().context("an element")?;
            Ok(Element { driver: self, id: id.to_owned() })
        });
        elements.collect()
    }

    /// Waits for an element.
    pub fn wait_for(&self, css: &str) -> Result<Element<'_>> {
        self.wait_until(css, |_| true)
    }

    /// Waits for an element whose text contains `text`.
    pub fn wait_for_text(&self, css: &str, text: &str) -> Result<Element<'_>> {
        self.wait_until(css, |element| element.text().is_ok_and(|shown| shown.contains(text)))
            .with_context(|| format!("with the text {text:?}"))
    }

    /// Waits for an element that `fits`.
    pub fn wait_until(&self, css: &str, fits: impl Fn(&Element<'_>) -> bool) -> Result<Element<'_>> {
        wait_for(&format!("{css:?} on the page"), LONG, || {
            self.find_all(css).ok()?.into_iter().find(|element| fits(element))
        })
        .with_context(|| self.source().unwrap_or_default())
    }

    /// Clicks the element the selector names as soon as it can be: while the page changes its layout it may not be.
    pub fn click(&self, css: &str) -> Result<()> {
        let mut refused = String::new();
        let click = |element: Element<'_>| {
            // The driver itself does not scroll to what moved out of sight after it had been clicked before.
            let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
            self.execute(script, &[json!({ ELEMENT: element.id })])?;
            element.click()
        };
        wait_for(&format!("{css:?} to be clicked"), LONG, || match self.wait_for(css).and_then(click) {
            Ok(()) => Some(()),
            Err(why) => {
                refused = why.to_string();
                None
            }
        })
        .context(refused)
    }

    /// Runs a script, the body of a function, with `arguments`, and returns what it returns.
    pub fn execute(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.post("/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Runs a script that calls its last argument with what it returns.
    pub fn execute_async(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.post("/execute/async", &json!({"script": script, "args": arguments}))
    }

    /// Sends keys to whatever is focused: `\u{e004}` is Tab, `\u{e007}` Enter, by the protocol's table.
    pub fn press(&self, keys: &str) -> Result<()> {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})).map(drop)
    }

    /// A PNG of the page.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let picture = self.string("/screenshot")?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let picture = base64::engine::general_purpose::STANDARD.decode(picture)?;
        Ok(std::fs::write(file, picture)?)
    }

    fn string(&self, path: &str) -> Result<String> {
        let answer = self.send("GET", &format!("/session/{}{path}", self.session), None)?;
        Ok(serde_json::from_value(answer)?)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send("POST", &format!("/session/{}{path}", self.session), Some(body))
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}{path}", self.base);
        let mut response = match (method, body) {
            ("GET", _) => self.agent.get(&url).call()?,
            ("DELETE", _) => self.agent.delete(&url).call()?,
            (_, body) => self.agent.post(&url).send_json(body.unwrap_or(&json!({})))?,
        };
        let mut answer: Value = response.body_mut().read_json()?;
        let value = answer["value"].take();
        if !response.status().is_success() {
            bail!("{method} {path}: {} {}", value["error"], value["message"]);
        }
        Ok(value)
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // The program may be gone already.
            let _ = self.send("DELETE", &format!("/session/{}", self.session), None);
        }
    }
}

impl Element<'_> {
    /// Clicks it.
    pub fn click(&self) -> Result<()> {
        self.post("/click", &json!({})).map(drop)
    }

    /// Types into it.
    pub fn type_text(&self, text: &str) -> Result<()> {
        self.post("/value", &json!({"text": text})).map(drop)
    }

    /// Empties it.
    pub fn clear(&self) -> Result<()> {
        self.post("/clear", &json!({})).map(drop)
    }

    /// The text a person sees.
    pub fn text(&self) -> Result<String> {
        self.get("/text")
    }

    /// An attribute, if it has it.
    pub fn attribute(&self, name: &str) -> Result<Option<String>> {
        self.get(&format!("/attribute/{name}"))
    }

    /// A property of its object, such as `checked`.
    pub fn property(&self, name: &str) -> Result<Value> {
        self.get(&format!("/property/{name}"))
    }

    /// Whether it can be used.
    pub fn is_enabled(&self) -> Result<bool> {
        self.get("/enabled")
    }

    /// Whether it is on the page to be seen.
    pub fn is_displayed(&self) -> Result<bool> {
        self.get("/displayed")
    }

    /// The name that a screen reader says.
    pub fn accessible_name(&self) -> Result<String> {
        self.get("/computedlabel")
    }

    fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        let path = format!("/session/{}/element/{}{path}", self.driver.session, self.id);
        Ok(serde_json::from_value(self.driver.send("GET", &path, None)?)?)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.driver.post(&format!("/element/{}{path}", self.id), body)
    }
}
