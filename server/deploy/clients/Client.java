// What Java's own client tells a program of a refusal, and of a close: `Client.java BUSY FORBIDDEN CLOSING`, as python.py has it.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

class Client {
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static String quoted(String text) {
        return text == null ? "null" : "\"" + text.strip().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    static String refused(String url, String origin) {
        var builder = CLIENT.newWebSocketBuilder().subprotocols("auspice.v1");
        if (origin != null) {
            builder.header("Origin", origin);
        }
        try {
            builder.buildAsync(URI.create(url), new WebSocket.Listener() {}).join();
            return "null";
        } catch (CompletionException error) {
            var answer = ((WebSocketHandshakeException) error.getCause()).getResponse();
            var body = answer.body() == null ? null : answer.body().toString();
            var retry = answer.headers().firstValue("Retry-After").orElse(null);
            return "{\"status\": %d, \"sentence\": %s, \"retry_after\": %s}".formatted(answer.statusCode(), quoted(body), quoted(retry));
        }
    }

    static String closed(String url) throws Exception {
        var end = new CompletableFuture<String>();
        var listener = new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onClose(WebSocket web, int code, String reason) {
                end.complete("{\"code\": %d, \"sentence\": %s}".formatted(code, quoted(reason)));
                return null;
            }

            @Override
            public void onError(WebSocket web, Throwable error) {
                end.complete("{\"code\": null, \"sentence\": %s}".formatted(quoted(error.toString())));
            }
        };
        var web = CLIENT.newWebSocketBuilder().subprotocols("auspice.v1").buildAsync(URI.create(url), listener).join();
        var hello = new byte[46];
        System.arraycopy("AUSP".getBytes(), 0, hello, 0, 4);
        web.sendBinary(ByteBuffer.wrap(hello), true);
        return end.get(10, TimeUnit.SECONDS);
    }

    public static void main(String[] addresses) throws Exception {
        var origin = "https://evil.example";
        System.out.println("{\"client\": %s, \"503\": %s, \"403\": %s, \"close\": %s}".formatted(
            quoted("Java " + System.getProperty("java.version") + " java.net.http"),
            refused(addresses[0], null), refused(addresses[1], origin), closed(addresses[2])));
        System.exit(0);
    }
}
