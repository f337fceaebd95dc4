//! Control messages: everything that is not hot goes through serde and bincode, behind this one module and
//! with a limit on every decode.

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Misuse, PeerFault};
use crate::limits::CONTROL_BYTES_MAX;

const fn config() -> bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<CONTROL_BYTES_MAX>,
> {
    bincode::config::standard().with_limit::<CONTROL_BYTES_MAX>()
}

/// `value` as bytes.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Misuse> {
    match bincode::serde::encode_to_vec(value, config()) {
        Ok(bytes) if bytes.len() <= CONTROL_BYTES_MAX => Ok(bytes),
        _ => Err(Misuse::ControlTooLarge),
    }
}

/// The value that `bytes` are, to the last one. `what` names it in the error.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, PeerFault> {
    if bytes.len() > CONTROL_BYTES_MAX {
        return Err(PeerFault::TooLarge { bytes: bytes.len(), limit: CONTROL_BYTES_MAX });
    }
    match bincode::serde::decode_from_slice(bytes, config()) {
        Ok((value, used)) if used == bytes.len() => Ok(value),
        _ => Err(PeerFault::BadControl(what)),
    }
}
