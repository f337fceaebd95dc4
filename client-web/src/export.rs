//! [`export!`](crate::export!): a game's client as a class of its module.

/// Exports a game's client from a module for pages: `auspice_web::export!(Board);` in a crate whose type is `cdylib`,
/// and that depends on `wasm-bindgen` itself: what that writes looks for it there. The TypeScript package makes a
/// `Session` of it.
#[macro_export]
macro_rules! export {
    ($game:ty) => {
        $crate::export!($game, Client);
    };
    ($game:ty, $name:ident) => {
        use ::wasm_bindgen::prelude::wasm_bindgen;

        /// A player of the game, for the TypeScript package.
        #[wasm_bindgen]
        pub struct $name($crate::PagePlayer<$game>);

        #[wasm_bindgen]
        impl $name {
            /// A player who connects with the first frame. `token` is of the visit before.
            #[wasm_bindgen(constructor)]
            pub fn new(address: &str, name: &str, build: &str, token: Option<String>) -> Self {
                Self($crate::PagePlayer::new($crate::PageEntry { address, name, build, token: token.as_deref() }))
            }

            /// Brings the sheet to `millis` of the page's clock; returns where its numbers begin.
            pub fn frame(&mut self, millis: f64) -> *const f64 {
                self.0.frame(millis).numbers().as_ptr()
            }

            /// The sheet's shape, as JSON.
            pub fn shape(&self) -> String {
                self.0.shape()
            }

            /// The next thing that happened, as JSON.
            pub fn told(&mut self) -> Option<String> {
                self.0.next_told()
            }

            /// The text of a label's number.
            pub fn label(&self, number: u32) -> String {
                self.0.label(number)
            }

            /// Why it is refused, or to be tried again.
            pub fn why(&self) -> String {
                self.0.why()
            }

            /// The close code of that.
            pub fn code(&self) -> Option<u16> {
                self.0.close_code()
            }

            /// The terms with the game's rules, as JSON.
            pub fn terms(&self) -> Option<String> {
                self.0.terms()
            }

            /// Asks the game for something, as JSON; returns what is wrong with that.
            pub fn command(&mut self, json: &str) -> Option<String> {
                self.0.command(json).err()
            }

            /// Shows this at the next connection: a `secret` or a `ticket`.
            pub fn show(&mut self, kind: &str, text: &str) {
                self.0.set_credential($crate::credential(kind, text));
            }

            /// Sets how the world is shown.
            pub fn set(&mut self, prediction: bool, smoothing: bool, compensation: bool, display: u8) {
                self.0.set_settings(prediction, smoothing, compensation, display);
            }

            /// Whether ghosts are written.
            pub fn ghosts(&mut self, is_shown: bool) {
                self.0.show_ghosts(is_shown);
            }

            /// Whether the server is asked for its report.
            pub fn reports(&mut self, is_wanted: bool) {
                self.0.want_reports(is_wanted);
            }

            /// Whether its player talks with others.
            pub fn talk(&mut self, is_wanted: bool) {
                self.0.set_talks(is_wanted);
            }

            /// Says a line to the `room` or to `all`; returns what is wrong with that.
            pub fn say(&mut self, channel: &str, text: &str) -> Option<String> {
                self.0.say(channel, text).err()
            }

            /// Simulates a network.
            pub fn turn(&mut self, delay_ms: u32, jitter_ms: u32, stall_ms: u32, cap_kbps: u32, is_cut: bool) {
                self.0.turn($crate::Dials { delay_ms, jitter_ms, stall_ms, cap_kbps, is_cut });
            }

            /// Tries again at once.
            pub fn reconnect(&mut self) {
                self.0.reconnect();
            }

            /// Breaks the connection without a word.
            pub fn break_off(&mut self, millis: f64) {
                self.0.break_off(millis);
            }

            /// Leaves, and stays away.
            pub fn leave(&mut self) {
                self.0.leave();
            }

            /// The token by which another page comes back.
            pub fn token(&self) -> Option<String> {
                self.0.token()
            }

            /// Hash of the view.
            pub fn hash(&self) -> u32 {
                self.0.hash()
            }
        }
    };
}
