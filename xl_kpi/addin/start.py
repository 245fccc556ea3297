"""What Excel starts, by the path of this file: ``pythonw -I -B start.py {class}``.

Isolated: neither the folder that Excel happens to be in, nor PYTHONPATH, nor a folder of the user is where modules come
from; only those of this Python and the folder that this file is installed in.
"""

import os
import site
import sys
import threading

SECONDS = 60                    # after which a start that hangs is given up: Excel waits for it


def main(clsid: str) -> None:
    giving_up = threading.Timer(SECONDS, os._exit, (1,))
    giving_up.daemon = True
    giving_up.start()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    os.chdir(sys.prefix)        # Excel's folder may be a stick that somebody wants to take out
    if root not in sys.path:
        site.addsitedir(root)
    from xl_kpi.addin.server import serve

    serve(clsid, giving_up.cancel)


if __name__ == "__main__":
    main(sys.argv[1])
