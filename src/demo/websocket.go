package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What of RFC 6455 an echo needs: the handshake, frames, ping and close. Fragments are echoed one by one, which makes
// the same message again; that text is UTF-8 is not checked.

const (
	closeFrame   = 8
	pingFrame    = 9
	pongFrame    = 10
	final        = 0x80 // in a frame's first byte
	masked       = 0x80 // in its second
	largestFrame = 1 << 20
)

var (
	sockets     sync.Map // of open net.Conn, so that they can be told to go
	openSockets sync.WaitGroup
)

func webSocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || key == "" || r.Header.Get("Sec-WebSocket-Version") != "13" {
		w.Header().Set("Sec-WebSocket-Version", "13")
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is a WebSocket", http.StatusUpgradeRequired)
		return
	}
	openSockets.Add(1) // before the server stops counting this one itself
	defer openSockets.Done()
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	sockets.Store(connection, nil)
	defer sockets.Delete(connection)
	defer connection.Close()

	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	io.WriteString(buffered, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(digest[:])+"\r\n\r\n")
	buffered.Flush()
	echoFrames(buffered)
}

// closeSockets ends every wait for a frame, so that each socket says goodbye for itself, and waits until they did.
func closeSockets() {
	sockets.Range(func(connection, _ any) bool {
		connection.(net.Conn).SetReadDeadline(time.Now())
		return true
	})
	openSockets.Wait()
}

func echoFrames(client *bufio.ReadWriter) {
	for {
		first, payload, err := readFrame(client)
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			writeFrame(client, final|closeFrame, goodbye(1001)) // going away
			return
		case errors.Is(err, errProtocol):
			writeFrame(client, final|closeFrame, goodbye(1002))
			return
		case err != nil:
			return
		}
		switch first & 0x0f {
		case closeFrame:
			writeFrame(client, first, payload)
			return
		case pingFrame:
			writeFrame(client, final|pongFrame, payload)
		case pongFrame:
		default:
			writeFrame(client, first, payload)
		}
	}
}

var errProtocol = errors.New("not a frame that a client may send")

func readFrame(client io.Reader) (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(client, head[:]); err != nil {
		return
	}
	length := uint64(head[1] &^ masked)
	switch length {
	case 126:
		var short uint16
		err = binary.Read(client, binary.BigEndian, &short)
		length = uint64(short)
	case 127:
		err = binary.Read(client, binary.BigEndian, &length)
	}
	if err == nil && (head[1]&masked == 0 || length > largestFrame) {
		err = errProtocol
	}
	if err != nil {
		return
	}
	var mask [4]byte
	if _, err = io.ReadFull(client, mask[:]); err != nil {
		return
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(client, payload)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0], payload, err
}

func writeFrame(client *bufio.ReadWriter, first byte, payload []byte) {
	client.WriteByte(first)
	switch length := len(payload); {
	case length < 126:
		client.WriteByte(byte(length))
	case length < 1<<16:
		client.WriteByte(126)
		binary.Write(client, binary.BigEndian, uint16(length))
	default:
		client.WriteByte(127)
		binary.Write(client, binary.BigEndian, uint64(length))
	}
	client.Write(payload)
	client.Flush() // an error shows at the next read
}

func goodbye(status uint16) []byte { return binary.BigEndian.AppendUint16(nil, status) }
