//! The page's files as a browser is to keep them: one that is named by what is in it for good, any other
//! until the next time that it asks.

use std::convert::Infallible;
use std::io;
use std::path::Path;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS,
};
use hyper::service::Service;
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use hyper_util::service::TowerToHyperService;
use tower_http::services::ServeDir;

use crate::digest::{hex, sha256};
use crate::limits::{FILE_PIECE_BYTES, TAGGED_BYTES_MAX};

/// Digits of a content's digest in a name, as `client-bevy/name_web.sh` writes them.
const DIGEST_DIGITS: usize = 20;

/// Cache rule for files that have their content in their name, and so never change under it.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A browser may keep the rest too, but asks each time whether it is still the same.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// A file that a program has within it: its name, and what is in it. One called `FILE.gz` is `FILE`, packed.
pub type BuiltFile = (&'static str, &'static [u8]);

/// Body of a response: of a file, or made here.
type FileBody = UnsyncBoxBody<Bytes, io::Error>;

/// The files of a folder, or of the program itself.
#[derive(Clone)]
pub(super) enum Files {
    Folder(FolderFiles),
    Built(&'static [BuiltFile]),
}

impl Files {
    /// The response to `request`.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<FileBody> {
        match self {
            Self::Folder(files) => files.answer(request).await,
            Self::Built(files) => answer_built(files, &request),
        }
    }
}

/// The files of a folder.
#[derive(Clone)]
pub(super) struct FolderFiles(TowerToHyperService<ServeDir>);

impl FolderFiles {
    /// The files in `folder`. What is there as `FILE.gz` as well is sent like that to whoever takes it.
    pub(super) fn of(folder: &Path) -> Self {
        let files = ServeDir::new(folder).precompressed_gzip().with_buf_chunk_size(FILE_PIECE_BYTES);
        Self(TowerToHyperService::new(files))
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Response<FileBody> {
        if is_named_by_content(request.uri().path()) {
            return self.find(request, FOR_GOOD).await;
        }
        // The time of a file says little: a second has room for two builds, and an archive or an image brings
        // whatever time it likes.
        request.headers_mut().remove(IF_MODIFIED_SINCE);
        let known = request.headers().get(IF_NONE_MATCH).cloned();
        let is_get = request.method() == Method::GET;
        let found = self.find(request, ASK_FIRST).await;
        if is_get
            && found.status() == StatusCode::OK
            && length(found.headers()).is_some_and(|length| length <= TAGGED_BYTES_MAX)
        {
            return tag(found, known.as_ref()).await;
        }
        found
    }

    async fn find(&self, request: Request<Incoming>, keep: HeaderValue) -> Response<FileBody> {
        let found: Result<_, Infallible> = self.0.call(request).await;
        let Ok(mut response) = found;
        let is_there = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        // That there is no such file is nothing to keep either.
        response.headers_mut().insert(CACHE_CONTROL, if is_there { keep } else { ASK_FIRST });
        response.map(BodyExt::boxed_unsync)
    }
}

/// Whether a file's name has a digest of its content in it: `game-0123456789abcdef0123.js`.
fn is_named_by_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_digest =
        |part: &str| part.len() == DIGEST_DIGITS && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    name.split(['-', '_', '.']).any(is_digest)
}

/// The response of files within the program. Each is held as it is sent: what is packed is sent packed, which every
/// browser takes.
fn answer_built<B>(files: &[BuiltFile], request: &Request<B>) -> Response<FileBody> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let name = request.uri().path().trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    let found = files.iter().find(|(file, _)| file.strip_suffix(".gz").unwrap_or(file) == name);
    let Some(&(file, content)) = found else { return status(StatusCode::NOT_FOUND) };
    let mut response = Response::new(body_of(Bytes::from_static(content)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(type_of(name)));
    headers.insert(CONTENT_LENGTH, content.len().into());
    headers.insert(CACHE_CONTROL, if is_named_by_content(name) { FOR_GOOD } else { ASK_FIRST });
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if file != name {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let tag = tag_of(content);
    let is_known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| knows(known, &tag));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    if is_known {
        headers.remove(CONTENT_LENGTH);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    if is_known || request.method() == Method::HEAD {
        *response.body_mut() = body_of(Bytes::new());
    }
    response
}

fn type_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// Whether a browser that knows these tags knows `tag`.
fn knows(known: &HeaderValue, tag: &str) -> bool {
    known.to_str().is_ok_and(|known| known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag))
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The same response, tagged by what is in it in place of size and time; or, where that is among `known`,
/// that it is still the same.
async fn tag(response: Response<FileBody>, known: Option<&HeaderValue>) -> Response<FileBody> {
    let (mut parts, body) = response.into_parts();
    // Whether it can be read is seen now, while there is still another answer.
    let Ok(content) = Limited::new(body, TAGGED_BYTES_MAX).collect().await else { return failed() };
    let content = content.to_bytes();
    let tag = tag_of(&content);
    let is_known = known.is_some_and(|known| knows(known, &tag));
    let Ok(tag) = HeaderValue::try_from(tag) else { return failed() };
    parts.headers.remove(LAST_MODIFIED);
    parts.headers.insert(ETAG, tag);
    if !is_known {
        return Response::from_parts(parts, body_of(content));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    for of_content in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING, ACCEPT_RANGES] {
        parts.headers.remove(of_content);
    }
    Response::from_parts(parts, body_of(Bytes::new()))
}

/// A digest in quotes.
fn tag_of(content: &[u8]) -> String {
    format!("\"{}\"", hex(&sha256(content)[..DIGEST_DIGITS / 2]))
}

fn body_of(content: Bytes) -> FileBody {
    Full::new(content).map_err(|never| match never {}).boxed_unsync()
}

fn failed() -> Response<FileBody> {
    status(StatusCode::INTERNAL_SERVER_ERROR)
}

fn status(status: StatusCode) -> Response<FileBody> {
    let mut response = Response::new(body_of(Bytes::new()));
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, ASK_FIRST);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &[BuiltFile] =
        &[("index.html", b"<p>"), ("a-0123456789abcdef0123.js.gz", b"packed"), ("b-0123456789abcdef0123.png", b"PNG")];

    fn ask(method: Method, path: &str, known: &str) -> Response<FileBody> {
        let request = Request::builder().method(method).uri(path).header(IF_NONE_MATCH, known).body(()).unwrap();
        answer_built(PAGE, &request)
    }

    #[test]
    fn files_within_the_program_are_shown_as_those_of_a_folder() {
        let first = ask(Method::GET, "/?name=Ada", "");
        assert_eq!((first.status(), &first.headers()[CACHE_CONTROL]), (StatusCode::OK, &ASK_FIRST));
        let tag = first.headers()[ETAG].to_str().unwrap();
        assert_eq!(ask(Method::GET, "/index.html", tag).status(), StatusCode::NOT_MODIFIED);
        let script = ask(Method::HEAD, "/a-0123456789abcdef0123.js", "");
        assert_eq!(script.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(script.headers()[CACHE_CONTROL], FOR_GOOD);
        let picture = ask(Method::GET, "/b-0123456789abcdef0123.png", "");
        assert!(!picture.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(ask(Method::GET, "/../index.html", "").status(), StatusCode::NOT_FOUND);
        assert_eq!(ask(Method::POST, "/", "").status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn a_name_has_its_content_s_digest_or_has_not() {
        let named = [
            "/auspice-0123456789abcdef0123.js",
            "/auspice-0123456789abcdef0123_bg.wasm",
            "/a/0123456789abcdef0123.png",
        ];
        assert!(named.into_iter().all(is_named_by_content));
        let others = [
            "/",
            "/index.html",
            "/auspice_bg.wasm",
            "/auspice-0123456789abcdef012.js",
            "/auspice-0123456789abcdef01234.js",
            "/auspice-0123456789ABCDEF0123.js",
            "/auspice-0123456789abcdef012g.js",
            "/auspice-0123456789abcdef0123/index.html",
        ];
        assert!(!others.into_iter().any(is_named_by_content));
    }
}
