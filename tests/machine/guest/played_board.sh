#!/bin/sh
# Make a GPIO chip of 28 simulated lines (Documentation/admin-guide/gpio/gpio-sim.rst of the kernel).
set -eu

BOARD=/sys/kernel/config/gpio-sim/board

modprobe configfs
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
insmod /opt/played/gpio-sim.ko
mkdir "$BOARD" "$BOARD/header"
echo 28 >"$BOARD/header/num_lines"
echo pinctrl-bcm2835 >"$BOARD/header/label"
echo 1 >"$BOARD/live"
udevadm wait --timeout=60 /dev/gpiochip0
