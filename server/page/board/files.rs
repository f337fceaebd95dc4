// The page's files. Written by `client-web/build.sh`.
&[
    ("board-a2ed9fd661fe3d7d08c9_bg.wasm.gz", include_bytes!("files/board-a2ed9fd661fe3d7d08c9_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-1757abc48b5641d892f0.js.gz", include_bytes!("files/main-1757abc48b5641d892f0.js.gz")),
    ("small-9b2e5c50052b3f7d16ee.js.gz", include_bytes!("files/small-9b2e5c50052b3f7d16ee.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
