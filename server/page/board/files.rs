// The page's files. Written by `client-web/build.sh`.
&[
    ("board-c106c14944283ad80f49_bg.wasm.gz", include_bytes!("files/board-c106c14944283ad80f49_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-ccfdb0f3e7ac6e0e07a0.js.gz", include_bytes!("files/main-ccfdb0f3e7ac6e0e07a0.js.gz")),
    ("small-aa7371ce293e2dc8f3ef.js.gz", include_bytes!("files/small-aa7371ce293e2dc8f3ef.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
