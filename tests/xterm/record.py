#!/usr/bin/env python3
"""Asks the real xterm, so that tests need not: see README.md. Needs vttest, xterm, xdotool and an X display; tmux.

record.py vttest    plays vttest and writes what it prints: vttest/*.raw (names behind it: only these)
record.py pages     shows every *.raw and each line of cases.txt to xterm and writes what it then shows: *.page
record.py styles    shows styles.txt to tmux and writes what it then has: styles.tmux
record.py keys      presses keys in xterm and writes what a program reads: keys.txt
"""
import fcntl, glob, os, pty, re, select, signal, struct, subprocess, sys, termios, time, tty

HERE = os.path.dirname(os.path.abspath(__file__))
# Name, and what is chosen in vttest's menus. Each pause on the way is a screen.
WALKS = {
    "cursor": "1",
    "screen": "2",
    "charsets": "3",
    "insert-delete": "8",
    "vt220": "11 1 2 2 3 4 0 6",
    "pan": "11 2 2 1 2",
    "iso-cursor": "11 5 1 2 3 4 5 6 7 8 9",
    "colors": "11 6 2 3 4 5 9",
    "colors-screen": "11 6 8",
    "colors-vt102": "11 6 6 1 2 3",
    "colors-other": "11 6 7 2 3 4 5 6",
    "iso-other": "11 7 2 3 4 5 6",
    "alternate": "11 8 7 3 4 5",
}
# Stands in a recording where the program waits, and prints the screen on a terminal with a printer.
PAUSE = b"\x1b[i"
# The same as our terminal answers; vttest asks for no more on these walks.
ANSWERS = {b"\x1b[0c": b"\x1b[?6c", b"\x1b[c": b"\x1b[?6c", b"\x1b[5n": b"\x1b[0n"}
SEQUENCE = re.compile(rb"\x1b(?:\[[\d;:?]*[A-Za-z]|[()#].)")


def play(walk):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
        os.execvp("vttest", ["vttest", "24x80.80"])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    out, page, keys = b"", b"", walk.split()
    while True:
        # vttest is at rest when it has asked and says nothing more; some tests print slowly.
        if select.select([fd], [], [], 0.4)[0]:
            new = os.read(fd, 65536)
            page += new
            for query in re.findall(rb"\x1b\[0?c|\x1b\[5n", new):
                os.write(fd, ANSWERS[query])
            continue
        tail = SEQUENCE.sub(b"", page)[-200:]
        if b"Enter choice number" in tail:
            # The last thing asked for is behind us.
            if not keys:
                break
            os.write(fd, keys.pop(0).encode() + b"\r")
            out += page
        elif b"<RETURN>" in tail or page.strip():
            out += page + PAUSE
            os.write(fd, b"\r")
        page = b""
    os.kill(pid, signal.SIGKILL)
    os.close(fd)
    os.waitpid(pid, 0)
    # What follows the last pause is a menu.
    return out[: out.rindex(PAUSE) + len(PAUSE)]


def record_vttest():
    for name in sys.argv[2:] or WALKS:
        raw = play(WALKS[name])
        with open(f"{HERE}/vttest/{name}.raw", "wb") as file:
            file.write(raw)
        print(name, len(raw), "bytes,", raw.count(PAUSE), "screens")


def inside_xterm(command):
    """Runs this script again in an xterm of 80x24."""
    options = [
        "printerCommand: cat >page.tmp; mv page.tmp page.now", "printAttributes: 2", "printerExtent: true",
        "printerAutoClose: true", "metaSendsEscape: true", "altSendsEscape: true", "backarrowKey: false",
        "backarrowKeyIsErase: true", "ptyInitialErase: true",
        # Bold text keeps its colour, as it is stored in our cells; how it is drawn is the outer terminal's business.
        "boldColors: false",
        # Keys that xterm keeps for itself.
        "omitTranslation: fullscreen,paging,popup-menu,reset,scroll-lock,shift-fonts,select",
    ]
    arguments = [part for option in options for part in ("-xrm", f"XTerm*{option}")]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "INSIDE_XTERM": "1"}
    shell = ["xterm", "-u8", "-geometry", "80x24+0+0", *arguments, "-e", sys.executable, os.path.abspath(__file__), command]
    subprocess.run(shell, cwd=HERE, env=environment, check=True)


def ask(question, answer, count=1):
    """The answers to `count` questions written at once."""
    os.write(1, question)
    got, deadline = b"", time.time() + 5
    while len(re.findall(answer, got)) < count and time.time() < deadline:
        if select.select([0], [], [], 0.5)[0]:
            got += os.read(0, 65536)
    return re.findall(answer, got)


def page_of(raw):
    """What xterm shows after these bytes: text, styles, cursor."""
    # A pane stays as wide as it is: 132 columns do all that they do but grow.
    # A reset leaves the permission to change columns.
    os.write(1, b"\x1bc\x1b[?40l" + raw.replace(b"\x1b[?3h", b"\x1b[?3l"))
    reverse = ask(b"\x1b[?5$p", rb"\x1b\[\?5;(\d)\$y")[0] == b"1"
    cursor = ask(b"\x1b[6n", rb"\x1b\[(\d+;\d+)R")[0].decode()
    # Without margins and origin, so that all of the screen can be asked for; before the page is printed, since a
    # printed row ends where nothing was ever written, whatever its colour.
    os.write(1, b"\x1b[?6l\x1b[?69l\x1b[?5l")
    if os.path.exists("page.now"):
        os.remove("page.now")
    os.write(1, b"\x1b[i")
    while not os.path.exists("page.now"):
        time.sleep(0.01)
    printed = open("page.now", "rb").read().decode().replace("\r", "").split("\n")
    rows = []
    for number in range(1, 25):
        line = printed[number - 1] if number <= len(printed) else ""
        size = re.match("\x1b#([346])", line)
        text = re.sub("\x1b(\\[[\\d;:]*m|#\\d)", "", line).strip("\f").ljust(80)
        questions = b"".join(b"\x1b[%d;%d;%d;%d#|" % (number, column, number, column) for column in range(1, 81))
        styles = [style.decode() for style in ask(questions, rb"\x1b\[([\d;:]*)m", 80)]
        row, last = f"\x1b#{size[1]}" if size else "", "0"
        end = max([n for n in range(80) if text[n] != " " or styles[n] != "0"], default=-1) + 1
        for column in range(end):
            if styles[column] != last:
                row, last = f"{row}\x1b[{styles[column]}m", styles[column]
            # The second half of a wide character.
            row += text[column] if text[column] != "\uffff" else ""
        rows.append(row)
    while rows and not rows[-1]:
        rows.pop()
    return "".join(row + "\n" for row in [f"=== cursor {cursor}{' reverse' if reverse else ''}", *rows])


def record_pages():
    tty.setraw(0)
    for name in sorted(glob.glob(f"{HERE}/*/*.raw")):
        parts = open(name, "rb").read().split(PAUSE)[:-1]
        pages = [page_of(b"".join(parts[: count + 1])) for count in range(len(parts))]
        with open(name[:-4] + ".page", "w") as file:
            file.writelines(pages)
    with open(f"{HERE}/cases.page", "w") as file:
        file.writelines(page_of(unescaped(line)) for line in open(f"{HERE}/cases.txt") if line[0] != "#")
    os.remove("page.now")


def unescaped(line):
    """The bytes of a line of cases.txt."""
    text = line.rstrip("\n").replace("\\e", "\\x1b")
    return re.sub(
        rb"\\x(..)|\\u(....)|\\([rntb])",
        lambda found: bytes([int(found[1], 16)]) if found[1] else chr(int(found[2], 16)).encode() if found[2]
        else {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b"}[found[3]],
        text.encode(),
    )


def record_styles():
    rows = [unescaped(line) + b"\x1b[0m" for line in open(f"{HERE}/styles.txt") if line[0] != "#"]
    tmux = ["tmux", "-L", "record-styles", "-f", "/dev/null"]
    with open("styles.raw", "wb") as file:
        file.write(b"\n".join(rows))
    subprocess.run([*tmux, "new-session", "-d", "-x80", f"-y{len(rows) + 2}", "cat styles.raw; exec cat"], check=True)
    time.sleep(1)
    # A row takes over the style that the one before it ended in.
    captured = subprocess.run([*tmux, "capture-pane", "-ep"], check=True, capture_output=True).stdout
    subprocess.run([*tmux, "kill-server"], check=True)
    os.remove("styles.raw")
    with open(f"{HERE}/styles.tmux", "wb") as file:
        file.write(captured.rstrip(b"\n") + b"\n")


MODES = [b"", b"\x1b[>4;1m", b"\x1b[>4;2m", b"\x1b[?1h", b"\x1b=", b"\x1b[?1h\x1b="]
CHORDS = ["", "shift+", "ctrl+", "alt+", "ctrl+shift+", "ctrl+alt+", "alt+shift+", "ctrl+alt+shift+"]
# X's names of keys: the main block by what it says without shift, and the rest.
SIGNS = "minus equal bracketleft bracketright backslash semicolon apostrophe grave comma period slash space".split()
NAMED = "Return Tab BackSpace Escape Up Down Left Right Home End Prior Next Insert Delete".split()
FUNCTIONS = [f"F{number}" for number in range(1, 13)]
# The keypad by its places: what its keys are depends on NumLock.
KEYPAD = {
    "KP_Home": 79, "KP_Up": 80, "KP_Prior": 81, "KP_Subtract": 82, "KP_Left": 83, "KP_Begin": 84, "KP_Right": 85,
    "KP_Add": 86, "KP_End": 87, "KP_Down": 88, "KP_Next": 89, "KP_Insert": 90, "KP_Delete": 91, "KP_Enter": 104,
    "KP_Divide": 106, "KP_Multiply": 63,
}


def press(key, end):
    """What comes of a key: all that is read before the letter pressed behind it."""
    subprocess.run(["xdotool", "key", "--delay", "0", key, end], check=True)
    got, deadline = b"", time.time() + 5
    while not got.endswith(end.encode()) and time.time() < deadline:
        if select.select([0], [], [], 0.5)[0]:
            got += os.read(0, 1000)
    return "".join(f"\\x{byte:02x}" if byte < 32 or byte in (92, 127) else chr(byte) for byte in got[:-1]) or "-"


def record_keys():
    tty.setraw(0)
    time.sleep(1)
    # Keys go to the window under the pointer.
    subprocess.run(["xdotool", "mousemove", "100", "100"], check=True)
    main = [chord + key for key in [*"abcdefghijklmnopqrstuvwxyz0123456789", *SIGNS, *NAMED, *FUNCTIONS] for chord in CHORDS]
    # X itself takes these chords, to change to another console.
    main = [key for key in main if not re.fullmatch(r"ctrl\+alt\+F\d+", key)]
    table = {}
    for mode in MODES:
        # A key's bytes end with a letter that is told as itself in every mode, and is not the key's own.
        os.write(1, b"\x1bc" + mode)
        time.sleep(0.2)
        for key in main:
            table.setdefault(key, []).append(press(key, "y" if key[-1] == "z" else "z"))
        for lock in ["", " num"]:
            if lock:
                subprocess.run(["xdotool", "key", "Num_Lock"], check=True)
            for key, code in KEYPAD.items():
                for chord in CHORDS[:4]:
                    table.setdefault(chord + key + lock, []).append(press(f"{chord}{code}", "z"))
            if lock:
                subprocess.run(["xdotool", "key", "Num_Lock"], check=True)
    with open(f"{HERE}/keys.txt", "w") as file:
        for key, told in table.items():
            file.write("\t".join([key, *told]) + "\n")


if __name__ == "__main__":
    command = sys.argv[1]
    if command in ("vttest", "styles"):
        {"vttest": record_vttest, "styles": record_styles}[command]()
    elif not os.environ.get("INSIDE_XTERM"):
        inside_xterm(command)
    else:
        {"pages": record_pages, "keys": record_keys}[command]()
