//! The desktop's word to applications that somebody listens on the accessibility bus.

use zbus::proxy;

#[proxy(interface = "org.a11y.Status", default_service = "org.a11y.Bus", default_path = "/org/a11y/bus")]
trait Status {
    #[zbus(property)]
    fn is_enabled(&self) -> zbus::Result<bool>;
    #[zbus(property)]
    fn set_is_enabled(&self, on: bool) -> zbus::Result<()>;
}

/// Says that somebody listens: browsers tell addresses and password fields to nobody else. Those that run already may
/// hear it at their next start only. Without it their sites stay unknown, so a failure permits nothing.
pub async fn announce() {
    let said = async {
        let bus = zbus::Connection::session().await?;
        let status = StatusProxy::new(&bus).await?;
        if !status.is_enabled().await? {
            status.set_is_enabled(true).await?;
        }
        zbus::Result::Ok(())
    };
    if let Err(error) = said.await {
        tracing::debug!("the accessibility bus was not told: {error}");
    }
}
