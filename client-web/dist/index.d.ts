export { load, type Glue, type Loaded, type RawClient } from "./module.js";
export { Frame, type Axes2, type Axes3, type Axes4, type Figures, type GameTypes, type Placed2, type Placed3, type Rows } from "./frame.js";
export { Session, type Announcement, type Channel, type Dials, type Handlers, type Line, type Options, type Proof, type Return, type Settings, type State, type Terms } from "./session.js";
export { Held } from "./held.js";
export { Place } from "./place.js";
export { addressOf, Flags } from "./address.js";
