// The page's files. Written by `client-web/build.sh`.
&[
    ("board-492ee1b002f0c170eaca_bg.wasm.gz", include_bytes!("files/board-492ee1b002f0c170eaca_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-4d437ffdbcff83be70c4.js.gz", include_bytes!("files/main-4d437ffdbcff83be70c4.js.gz")),
    ("small-49bfb593e96082eaf562.js.gz", include_bytes!("files/small-49bfb593e96082eaf562.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
