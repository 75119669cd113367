"""The walk of a Python partner: argv is port, known_hosts, alice's key, bob's key, a big local file."""
import io
import sys

import paramiko

port, known_hosts, alice, bob, big = int(sys.argv[1]), *sys.argv[2:]


def client(user, key):
    ssh = paramiko.SSHClient()
    ssh.load_host_keys(known_hosts)
    ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
    ssh.connect("127.0.0.1", port, user, key_filename=key, look_for_keys=False, allow_agent=False)
    return ssh


def refused(call, *arguments):
    try:
        call(*arguments)
    except (IOError, paramiko.SSHException):
        return
    raise AssertionError(f"{call} {arguments} was not refused")


refused(client, "alice", bob)
ssh = client("alice", alice)
sftp = ssh.open_sftp()
assert sorted(sftp.listdir("/")) == ["inbox", "outbox", "processed", "rejected"]
assert sftp.normalize("inbox/../outbox/.") == "/outbox"
assert len(sftp.listdir("processed")) == 250

# The hub moves this one on at once; the size check after the upload must still find it.
assert sftp.put(big, "inbox/gone.edi").st_size == 48 << 20

sftp.putfo(io.BytesIO(b"ISA*00"), "inbox/renamed.edi.tmp")
assert "renamed.edi.tmp" in sftp.listdir("inbox")
sftp.posix_rename("inbox/renamed.edi.tmp", "inbox/renamed.edi")
sftp.putfo(io.BytesIO(b"ISA*00"), "inbox/moved.filepart")
sftp.rename("inbox/moved.filepart", "inbox/moved.edi")
sftp.utime("inbox/moved.edi", (1, 1))

# Overwriting what was sent is allowed until CLOSE; a hole is not, and takes the file with it.
with sftp.open("over.edi", "w") as file:
    file.write("ISA*00")
    file.seek(2)
    file.write("B")
hole = sftp.open("hole.edi", "w")
hole.write("ISA")
hole.flush()
hole.seek(100)
refused(lambda: (hole.write("x"), hole.flush()))
hole.close()
# paramiko swallows what CLOSE answers; the size check of `put` is what tells its user.
refused(sftp.putfo, io.BytesIO(b"x"), "refuse.edi")

back = io.BytesIO()
sftp.getfo("outbox/big.edi", back)
assert back.getvalue() == open(big, "rb").read()
sftp.remove("outbox/big.edi")
refused(sftp.stat, "outbox/big.edi")

refused(sftp.symlink, "/etc/passwd", "inbox/link")
refused(sftp.readlink, "inbox/moved.edi")
refused(sftp.mkdir, "inbox/sub")
refused(sftp.truncate, "inbox/moved.edi", 0)
refused(sftp.open, "inbox/\u0001.edi", "w")
refused(sftp.open, b"inbox/\xff.edi", "w")
assert sftp.listdir("outbox") == []
refused(ssh.exec_command, "ls")
ssh.close()
