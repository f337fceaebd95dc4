//! Settings of a node of a fleet, checked and read.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use auspice::limits::WAY_BYTES_MAX;

use super::error::ConfigError;
use super::settings::Settings;
use crate::fleet::{FleetConfig, way_to};
use crate::rooms::RoomCode;

/// Bytes of a fleet's key at least.
const KEY_BYTES_MIN: usize = 32;

impl Settings {
    /// Checks what is said of the fleet, where there is one.
    pub(super) fn check_fleet(&self) -> Result<(), ConfigError> {
        let given = |path: &Path| !path.as_os_str().is_empty();
        if self.nats.is_empty() {
            let rest = !self.node_address.is_empty() || !self.direct.is_empty() || given(&self.fleet_key);
            return if rest {
                Err(ConfigError::new("node-address, direct and fleet-key are for a node: give nats, too"))
            } else {
                Ok(())
            };
        }
        if self.rooms < 2 {
            return Err(ConfigError::new("a node of a fleet has many rooms: say with rooms how many at most"));
        }
        let is_address = ["ws://", "wss://"].iter().any(|scheme| self.node_address.starts_with(scheme));
        let is_short = self.node_address.len() + way_to("", RoomCode::ZERO).len() <= WAY_BYTES_MAX;
        if !is_address || !is_short || !self.node_address.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::new(
                "node-address must be where players reach this node, ws://HOST:PORT or wss://HOST:PORT, of 73 bytes \
                 at most",
            ));
        }
        if self.direct.is_empty() == given(&self.fleet_key) {
            return Err(ConfigError::new("direct and fleet-key go together: what nodes say to each other is sealed"));
        }
        Ok(())
    }

    /// The fleet, if this server is a node of one.
    pub(super) fn fleet(&self) -> Result<Option<FleetConfig>, ConfigError> {
        if self.nats.is_empty() {
            return Ok(None);
        }
        let given = |path: &PathBuf| (!path.as_os_str().is_empty()).then(|| path.clone());
        let unknown = |_| ConfigError::new(format!("direct is {}, but must be ADDRESS:PORT", self.direct));
        let direct =
            (!self.direct.is_empty()).then(|| self.direct.parse::<SocketAddr>().map_err(unknown)).transpose()?;
        Ok(Some(FleetConfig {
            nats: self.nats.clone(),
            name: self.fleet.clone(),
            address: self.node_address.clone(),
            direct,
            key: given(&self.fleet_key).map(|file| read_key(&file)).transpose()?.unwrap_or_default(),
            credentials: given(&self.nats_credentials),
            root_certificates: given(&self.nats_ca),
            copies: self.nats_copies,
            in_memory: self.nats_in_memory,
        }))
    }
}

fn read_key(file: &Path) -> Result<Vec<u8>, ConfigError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::new(format!("the fleet's key cannot be read from {shown}: {error}")))?;
    let key = text.trim().as_bytes().to_vec();
    if key.len() < KEY_BYTES_MIN {
        return Err(ConfigError::new(format!("the fleet's key in {shown} must have {KEY_BYTES_MIN} bytes at least")));
    }
    Ok(key)
}
