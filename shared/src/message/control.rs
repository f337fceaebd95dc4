//! Control messages: everything that is not hot goes through serde and bincode, behind this one module and
//! with a limit on every decode. So does what is saved, which no peer sends.

use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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

/// The form of what is saved. Its bound is its own bytes, [`SAVE_BYTES_MAX`](crate::limits::SAVE_BYTES_MAX) at most:
/// each value takes one of them at least, and nothing is reserved for those that are announced and not there.
const fn saved_config() -> bincode::config::Configuration {
    bincode::config::standard()
}

/// The end of what is saved, where more is written.
struct Appended<'a>(&'a mut Vec<u8>);

impl bincode::enc::write::Writer for Appended<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// Appends `value` to what is saved. False for one that cannot be written.
pub(crate) fn save<T: Serialize>(value: &T, out: &mut Vec<u8>) -> bool {
    bincode::serde::encode_into_writer(value, Appended(out), saved_config()).is_ok()
}

/// The next value of what was saved, of which the rest is left in `bytes`.
pub(crate) fn load<T: DeserializeOwned>(bytes: &mut &[u8]) -> Option<T> {
    let (value, used) = bincode::serde::decode_from_slice(bytes, saved_config()).ok()?;
    *bytes = &bytes[used..];
    Some(value)
}

/// The value that all of `bytes` are, which may point into them.
pub(crate) fn load_borrowed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    let (value, used) = bincode::serde::borrow_decode_from_slice(bytes, saved_config()).ok()?;
    (used == bytes.len()).then_some(value)
}
