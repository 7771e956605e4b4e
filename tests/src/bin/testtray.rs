//! A tray icon that says what is done to it, for the tests of the tray itself.

use ksni::TrayMethods;
use ksni::menu::{CheckmarkItem, MenuItem, StandardItem, SubMenu};

struct Icon;

impl ksni::Tray for Icon {
    fn id(&self) -> String {
        "testtray".into()
    }

    fn title(&self) -> String {
        "Test tray".into()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        let pixel = [255, 0xff, 0x00, 0xc0];
        let data = pixel.into_iter().cycle().take(22 * 22 * 4).collect();
        vec![ksni::Icon { width: 22, height: 22, data }]
    }

    fn tool_tip(&self) -> ksni::ToolTip {
        ksni::ToolTip { title: "A test".into(), description: "of the tray".into(), ..ksni::ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        println!("activated");
    }

    fn menu(&self) -> Vec<MenuItem<Icon>> {
        let entry = |label: &str| -> MenuItem<Icon> {
            let said = format!("chosen {label}");
            StandardItem {
                label: label.into(),
                activate: Box::new(move |_| println!("{said}")),
                ..StandardItem::default()
            }
            .into()
        };
        let heading = StandardItem { label: "Nothing to do".into(), enabled: false, ..Default::default() };
        let pause = SubMenu {
            label: "Pause".into(),
            submenu: vec![entry("15 minutes"), entry("1 hour")],
            ..SubMenu::default()
        };
        let ticked = CheckmarkItem { label: "Ticked".into(), checked: true, ..Default::default() };
        vec![heading.into(), MenuItem::Separator, pause.into(), ticked.into(), entry("Open"), entry("Quit")]
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let _handle = Icon.spawn().await?;
    println!("ready");
    std::future::pending().await
}
