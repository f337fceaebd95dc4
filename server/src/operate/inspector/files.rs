//! The page itself: a few files within the program, each as it is sent, and the rules by which a browser shows them.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

/// Path of the page, and before that of each file and each question.
pub(crate) const INSPECTOR: &str = "/inspector/";

/// Rules for browsers: nothing from elsewhere, nothing written into the page itself, and nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Each file: its name, its type, what is in it.
const FILES: [(&str, &str, &[u8]); 9] = [
    ("", "text/html; charset=utf-8", include_bytes!("../../../inspector/index.html")),
    ("style.css", "text/css; charset=utf-8", include_bytes!("../../../inspector/style.css")),
    ("main.js", "text/javascript; charset=utf-8", include_bytes!("../../../inspector/main.js")),
    ("figures.js", "text/javascript; charset=utf-8", include_bytes!("../../../inspector/figures.js")),
    ("map.js", "text/javascript; charset=utf-8", include_bytes!("../../../inspector/map.js")),
    ("player.js", "text/javascript; charset=utf-8", include_bytes!("../../../inspector/player.js")),
    ("rooms.js", "text/javascript; charset=utf-8", include_bytes!("../../../inspector/rooms.js")),
    ("uPlot.js", "text/javascript; charset=utf-8", include_bytes!("../../../inspector/vendor/uPlot.iife.min.js")),
    ("uPlot.css", "text/css; charset=utf-8", include_bytes!("../../../inspector/vendor/uPlot.min.css")),
];

/// The file of that name behind [`INSPECTOR`], if there is one. Nothing in it is secret.
pub(crate) fn page_file(name: &str) -> Option<Response<Full<Bytes>>> {
    let (_, content_type, content) = FILES.iter().find(|(file, ..)| *file == name)?;
    let mut response = Response::new(Full::new(Bytes::from_static(content)));
    let headers: [(HeaderName, &'static str); 5] = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_there_and_none_has_a_script_in_it() {
        let (_, _, page) = FILES[0];
        let page = std::str::from_utf8(page).unwrap();
        for name in page.split(['"']).filter(|name| name.ends_with(".js") || name.ends_with(".css")) {
            assert!(page_file(name).is_some(), "{name}");
        }
        assert!(
            !page.contains("<style") && !page.contains("<script>") && !page.contains("style="),
            "the policy forbids it"
        );
        assert!(page_file("../style.css").is_none());
    }
}
