// The page's files. Written by `client-web/build.sh`.
&[
    ("board-6fa9e7188cb174f04484_bg.wasm.gz", include_bytes!("files/board-6fa9e7188cb174f04484_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-6f135a0c7e13e358d3ee.js.gz", include_bytes!("files/main-6f135a0c7e13e358d3ee.js.gz")),
    ("small-02e06cda6fb48cf083cc.js.gz", include_bytes!("files/small-02e06cda6fb48cf083cc.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
