//! [`Refused`]: why an operator's request is not done, and the forms of all answers.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};

use crate::operate::inspector::NotShown;

const TEXT: &str = "text/plain; charset=utf-8";

/// Why an operator's request is not done.
#[derive(Clone, Debug)]
pub(super) enum Refused {
    NoSuchPath,
    NotGet,
    NotPost,
    NoTokenSet,
    WrongToken,
    TooOften,
    BadClient,
    BadReport,
    NotKept,
    NoSuchClient,
    BadRoom,
    NoSuchRoom,
    NoMoreRooms,
    OfFleet,
    Busy,
    WhichRoom,
    NotShown(NotShown),
}

impl Refused {
    pub(super) fn response(self) -> Response<Full<Bytes>> {
        let (status, sentence) = match self {
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "there is nothing here"),
            Self::NotGet => (StatusCode::METHOD_NOT_ALLOWED, "this is read, by GET"),
            Self::NotPost => (StatusCode::METHOD_NOT_ALLOWED, "this is an order, given by POST"),
            Self::NoTokenSet => {
                (StatusCode::FORBIDDEN, "this needs a token, and the server was started without --admin-token-file")
            }
            Self::WrongToken => (StatusCode::UNAUTHORIZED, "this needs the header Authorization: Bearer TOKEN"),
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; try again in a minute"),
            Self::BadClient => (
                StatusCode::BAD_REQUEST,
                "the body must be {\"client\": \"ID\"}, with an ID of /clients, and with several rooms its \"room\"",
            ),
            Self::BadRoom => (StatusCode::BAD_REQUEST, "the body must name a room, or be options that the game has"),
            Self::NoSuchRoom => (StatusCode::NOT_FOUND, "there is no such room"),
            Self::NoMoreRooms => (StatusCode::CONFLICT, "there are as many rooms as there may be (--rooms)"),
            Self::OfFleet => (StatusCode::SERVICE_UNAVAILABLE, "no node of the fleet has a place for it just now"),
            Self::WhichRoom => {
                (StatusCode::BAD_REQUEST, "this server has many rooms: say which by room=CODE, as /rooms names them")
            }
            Self::BadReport => {
                (StatusCode::BAD_REQUEST, "the query may have seconds=NUMBER and room=CODE, and nothing else")
            }
            Self::NotKept => (
                StatusCode::NOT_FOUND,
                "nothing is kept: the server was started with --look-back 0, or the game cannot be saved",
            ),
            Self::NoSuchClient => (StatusCode::NOT_FOUND, "there is no such client"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "the tick thread takes no orders just now"),
            Self::NotShown(ref why) => not_shown(why),
        };
        let header: Option<(HeaderName, &str)> = match self {
            Self::NotGet => Some((ALLOW, "GET, HEAD")),
            Self::NotPost => Some((ALLOW, "POST")),
            Self::WrongToken => Some((WWW_AUTHENTICATE, "Bearer")),
            Self::TooOften => Some((RETRY_AFTER, "60")),
            _ => None,
        };
        let mut response = say(status, sentence);
        response.headers_mut().extend(header.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }
}

fn not_shown(why: &NotShown) -> (StatusCode, &str) {
    match why {
        NotShown::NoSuchPath => (StatusCode::NOT_FOUND, "there is nothing here: it is status, tables, world or player"),
        NotShown::BadQuestion => (
            StatusCode::BAD_REQUEST,
            "a question has tick=NUMBER, after=SECOND or client=ID, as /inspector/world names them",
        ),
        NotShown::NothingYet => (StatusCode::SERVICE_UNAVAILABLE, "nothing was seen of the room yet"),
        NotShown::NoSuchPlayer => (StatusCode::NOT_FOUND, "there was no such player then"),
        NotShown::Unplayable(why) => (StatusCode::INTERNAL_SERVER_ERROR, why),
    }
}

/// A sentence, with a line's end for whoever reads it in a terminal.
pub(super) fn say(status: StatusCode, sentence: &str) -> Response<Full<Bytes>> {
    respond(status, TEXT, format!("{sentence}\n"))
}

pub(super) fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
