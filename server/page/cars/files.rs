// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-a3ae49735ae43d9fa575_bg.wasm.gz", include_bytes!("files/cars-a3ae49735ae43d9fa575_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-aab67e2d8cd9eebfe003.js.gz", include_bytes!("files/main-aab67e2d8cd9eebfe003.js.gz")),
    ("style-5457564ebe61e5a762e0.css.gz", include_bytes!("files/style-5457564ebe61e5a762e0.css.gz")),
]
