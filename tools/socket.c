#include "tools/socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

int socket_address(const char *path, struct sockaddr_un *address,
		   struct err *err)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!text_copy(address->sun_path, sizeof(address->sun_path), path))
		return err_set(err, ERR_RANGE,
			       "the path of a socket has at "
			       "most %zu bytes: %s",
			       sizeof(address->sun_path) - 1, path);
	return 0;
}

bool socket_is_taken(const char *path)
{
	struct sockaddr_un address;
	bool taken;
	struct err err;
	int fd;

	if (socket_address(path, &address, &err))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* EAGAIN: it listens, and its queue is full. */
	taken = !connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
		errno == EAGAIN;
	close(fd);
	return taken;
}
