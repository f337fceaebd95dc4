// What wasm-bindgen writes beside the module; the build puts it there.
declare module "demo-module";
