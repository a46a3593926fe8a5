import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.util.List;

/** Answers each request with a description of what Netty understood, and returns WebSocket frames. */
final class NettyServer extends SimpleChannelInboundHandler<FullHttpRequest> {
    public static void main(String[] arguments) throws Exception {
        var group = new NioEventLoopGroup();
        new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(
                        new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                channel.pipeline()
                                        .addLast(
                                                new HttpServerCodec(8192, 32_000, 8192),
                                                new HttpObjectAggregator(4 << 20),
                                                new WebSocketServerProtocolHandler(
                                                        "/websocket", null, true, 4 << 20),
                                                new NettyServer(),
                                                new Echo());
                            }
                        })
                .bind(Integer.parseInt(arguments[0]))
                .sync();
    }

    private static final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
            context.writeAndFlush(frame.retain());
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request)
            throws Exception {
        var seen =
                Seen.of(
                        request.method().name(),
                        request.uri(),
                        request.headers().get("Host", ""),
                        request.headers().getAll("X-Case"),
                        ByteBufUtil.getBytes(request.content()));
        var keepAlive = HttpUtil.isKeepAlive(request);
        switch (request.uri().replaceFirst("\\?.*", "")) {
            case "/chunked" -> parts(context, seen, List.of("one", "two", "three"), false);
            case "/trailers" -> parts(context, seen, List.of("ok"), true);
            case "/empty" -> whole(context, seen, 204, "", false);
            case "/unchanged" -> whole(context, seen, 304, "", false);
            case "/large" -> whole(context, seen, 200, "a".repeat(60_000), false);
            case "/hints" -> {
                var hints =
                        new DefaultFullHttpResponse(
                                HTTP_1_1, HttpResponseStatus.valueOf(103, "Early Hints"));
                hints.headers().set("Link", "</shop.css>; rel=preload");
                context.writeAndFlush(hints);
                whole(context, seen, 200, "", false);
            }
            case "/never" -> keepAlive = true;
            default -> whole(context, seen, 200, "", request.method().equals(HttpMethod.HEAD));
        }
        if (!keepAlive) {
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private static void whole(
            ChannelHandlerContext context, String seen, int status, String large, boolean head) {
        var body = Unpooled.copiedBuffer(status == 200 && !head ? "ok" : "", UTF_8);
        var response =
                new DefaultFullHttpResponse(HTTP_1_1, HttpResponseStatus.valueOf(status), body);
        response.headers().set("X-Seen", seen);
        if (!large.isEmpty()) {
            response.headers().set("X-Large", large);
        }
        if (status == 304) {
            response.headers().set("ETag", "\"1\"");
        }
        if (status == 200) {
            response.headers().set("Content-Length", 2);
        }
        context.writeAndFlush(response);
    }

    private static void parts(
            ChannelHandlerContext context, String seen, List<String> parts, boolean trailers) {
        var response = new DefaultHttpResponse(HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set("X-Seen", seen).set("Transfer-Encoding", "chunked");
        context.writeAndFlush(response);
        for (var part : parts) {
            context.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(part, UTF_8)));
        }
        var last = new DefaultLastHttpContent();
        if (trailers) {
            last.trailingHeaders().set("X-Sum", "42");
        }
        context.writeAndFlush(last);
    }
}
