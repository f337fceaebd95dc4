//! Writes inputs as `shared/PROTOCOL.md` has them, with whatever in them: an honest client's own writer would not lie.

use auspice::bits::BitWriter;
use auspice::{Replicate, Tick};
use auspice_demo::{Entity, Input};

/// What a message says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Say {
    /// The newest state that the client claims to hold.
    pub(crate) applied: Tick,
    /// The tick that the newest of the inputs is for.
    pub(crate) newest: Tick,
    /// For consecutive ticks that end there, at most 16.
    pub(crate) inputs: Vec<Input>,
    pub(crate) resync: bool,
    /// In bincode.
    pub(crate) commands: Vec<Vec<u8>>,
    /// Shows every kind so many ticks in the past, and wants to be judged by that.
    pub(crate) behind: Option<u32>,
    /// Whether nothing may wait for it from now on.
    pub(crate) hurries: Option<bool>,
}

/// One connection's messages, each coded against the one before.
#[derive(Clone, Debug)]
pub(crate) struct Pen {
    applied: Tick,
    /// Ticks that the longest silence spans: so many are usually applied from one message to the next.
    silence: u32,
    last: Input,
}

impl Pen {
    pub(crate) fn new(welcomed: Tick, silence: u32) -> Self {
        Self { applied: welcomed, silence, last: Input::default() }
    }

    pub(crate) fn write(&mut self, say: &Say) -> Vec<u8> {
        let mut out = BitWriter::new();
        let special = say.resync || !say.commands.is_empty() || say.behind.is_some() || say.hurries.is_some();
        out.write_bit(special);
        if special {
            out.write_bit(say.resync);
            out.write_bit(false);
            out.write_bit(!say.commands.is_empty());
            out.write_bit(say.behind.is_some());
            out.write_bit(say.hurries.is_some());
        }
        if let Some(behind) = say.behind {
            out.write_bit(true);
            Entity::KINDS.iter().for_each(|_| out.write_bit(true));
            out.write_exp(behind, 2);
        }
        if let Some(hurries) = say.hurries {
            out.write_bit(hurries);
        }
        out.write_signed((say.applied.minus(self.applied) - i64::from(self.silence)) as i32, 0);
        self.applied = say.applied;
        out.write_bit(true);
        out.write_exp(say.inputs.len() as u32, 1);
        // Whatever came before, the tick of the newest is told.
        out.write_bit(true);
        out.write(say.newest.0, 32);
        for input in &say.inputs {
            self.write_input(input, &mut out);
        }
        if !say.commands.is_empty() {
            out.write_exp(say.commands.len() as u32, 0);
            for command in &say.commands {
                out.write_exp(command.len() as u32, 5);
                out.write_bytes(command);
            }
        }
        out.finish().to_vec()
    }

    fn write_input(&mut self, input: &Input, out: &mut BitWriter) {
        let differs = *input != self.last;
        out.write_bit(differs);
        if differs {
            self.last = *input;
            out.write((input.turn + 1) as u32, 2);
            [input.thrust, input.fire, input.laser, input.missile].into_iter().for_each(|held| out.write_bit(held));
        }
    }
}
