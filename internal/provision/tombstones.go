package provision

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"purser/topics"
)

// Tombstones is how long the changelog tells of a deletion.
func Tombstones(ctx context.Context, admin *kadm.Client, names topics.Names) (time.Duration, error) {
	const setting = "delete.retention.ms"
	changelog := names.Of(topics.Changelog)
	configs, err := admin.DescribeTopicConfigs(ctx, changelog)
	if err != nil {
		return 0, fmt.Errorf("read %s of %s: %w", setting, changelog, err)
	}
	rc, err := configs.On(changelog, nil)
	if err == nil {
		err = rc.Err
	}
	if err != nil {
		return 0, fmt.Errorf("read %s of %s: %w", setting, changelog, err)
	}
	for _, c := range rc.Configs {
		if c.Key == setting {
			millis, err := strconv.ParseInt(c.MaybeValue(), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s of %s is %q", setting, changelog, c.MaybeValue())
			}
			return time.Duration(millis) * time.Millisecond, nil
		}
	}
	return 0, fmt.Errorf("%s has no %s", changelog, setting)
}
